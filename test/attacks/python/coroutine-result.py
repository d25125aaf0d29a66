# attack: returns a promise to answer later
# outcome: malformed
async def solve(x):
    return x
