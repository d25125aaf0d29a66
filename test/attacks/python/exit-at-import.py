# attack: ends before anything is asked
# outcome: error
import posix

posix._exit(0)
