# attack: survives every exception it can catch
# outcome: fuel-limit
def solve(x):
    while True:
        try:
            bytearray(1 << 40)
        except BaseException:
            pass
