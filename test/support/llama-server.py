"""llama.cpp's own HTTP server on a free port: prints its address, lives until its standard input ends."""
import json
import sys

import xllamacpp

asked = json.loads(sys.argv[1])
params = xllamacpp.CommonParams()
params.model.path = asked["path"]
params.model_alias = {"smollm2"}
params.port = 0
params.n_ctx = 4096
params.n_parallel = 2
# Several wait for one another by spinning: on a busy machine each token takes seconds.
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.api_keys = [asked["apiKey"]]
if asked["embeds"]:
    # What is embedded is read in one batch there.
    params.embedding, params.n_parallel, params.n_batch, params.n_ubatch = True, 1, 2048, 2048
if asked["mean"]:
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(params)
print(json.dumps({"url": server.listening_address}), flush=True)
sys.stdin.read()
