# attack: defines nothing to call
# outcome: error
x = 1
