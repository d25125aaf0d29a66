"""Writes tiny.json: what the numpy forward says of the random models of models/embedded/tiny-gguf.fixture.ts.

pip install gguf==0.19.0 numpy; python write-tiny.py FOLDER > tiny.json, where FOLDER holds NAME.gguf of each.
"""

import json
import sys
from pathlib import Path

from forward import Decoder

# Long enough for positions to matter.
TOKENS = [(7 * n * n + 3 * n + 1) % 265 for n in range(150)]
golden = {"tokens": TOKENS, "models": {}}
for path in sorted(Path(sys.argv[1]).glob("*.gguf")):
    decoder = Decoder(path)
    golden["models"][path.stem] = {
        "greedy": decoder.greedy(TOKENS, 16),
        "logprobs": decoder.logprobs(TOKENS),
        "embeddings": {pooling: decoder.embedding(TOKENS, pooling) for pooling in ("mean", "cls", "last")},
    }
print(json.dumps(golden))
