"""llama.cpp beside ours: one JSON line {"prompt": N, "given": K} in, one {"prefillMs": …, "decodeMs": …} out; with
"answers": A, so many at once, or "more": M, a second turn of so many tokens behind the first: one {"ms": …}, or null where
the package cannot.

python llama-peer.py FILE.gguf THREADS ANSWERS; by llama-cpp-python where it is installed, else by xllamacpp.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

path, threads, answers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
CONTEXT, BATCH, FIRST = 4096, 512, 300


def with_llama_cpp_python():
    import llama_cpp

    llama = llama_cpp.Llama(path, n_ctx=CONTEXT, n_batch=BATCH, n_threads=threads, n_threads_batch=threads, verbose=False)

    def measure(prompt, given):
        llama.reset()
        began = time.perf_counter()
        llama.eval([FIRST + n for n in range(prompt)])
        read = time.perf_counter()
        for n in range(given):
            llama.eval([FIRST + n])
        return read - began, time.perf_counter() - read

    return f"llama-cpp-python {llama_cpp.__version__}", measure, None, None


def with_xllamacpp():
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_batch, params.n_ubatch, params.n_parallel = CONTEXT, BATCH, BATCH, answers
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)

    def complete(prompt, given, keep):
        return server.handle_completions({"prompt": prompt, "n_predict": given, "cache_prompt": keep, "temperature": 0,
                                          "ignore_eos": True})

    def ask(prompt, given, first=FIRST):
        return complete([first + n for n in range(prompt)], given, False)["timings"]

    def measure(prompt, given):
        timings = ask(prompt, given + 1)
        return timings["prompt_ms"] / 1000, timings["predicted_per_token_ms"] * given / 1000

    def together(prompt, given, count):
        began = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda n: ask(prompt, given, FIRST + 977 * n), range(count)))
        return time.perf_counter() - began

    rounds = iter(range(1000, 10000, 977))

    def second_turn(prompt, given, more):
        begin = next(rounds)
        first = [begin + n for n in range(prompt)]
        text = complete(first, given, True)["choices"][0]["text"]
        second = first + [text] + [20000 + n for n in range(more)]
        began = time.perf_counter()
        complete(second, 1, True)
        return time.perf_counter() - began

    return f"xllamacpp {xllamacpp.__version__}", measure, together, second_turn


try:
    name, measure, together, second_turn = with_llama_cpp_python()
except ImportError:
    name, measure, together, second_turn = with_xllamacpp()
print(json.dumps({"engine": name}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "answers" in asked:
        took = together and together(asked["prompt"], asked["given"], asked["answers"])
        print(json.dumps({"ms": took and 1000 * took}), flush=True)
        continue
    if "more" in asked:
        took = second_turn and second_turn(asked["prompt"], asked["given"], asked["more"])
        print(json.dumps({"ms": took and 1000 * took}), flush=True)
        continue
    prefill, decode = measure(asked["prompt"], asked["given"])
    print(json.dumps({"prefillMs": 1000 * prefill, "decodeMs": 1000 * decode}), flush=True)
