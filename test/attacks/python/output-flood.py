# attack: floods standard output
# outcome: output-limit
def solve(x):
    while True:
        print('x' * 1000)
