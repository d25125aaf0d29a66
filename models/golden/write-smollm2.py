"""Writes smollm2.json: what the numpy forward and llama.cpp say of SmolLM2-135M-Instruct.Q4_1.

pip install gguf==0.19.0 numpy llama-cpp-python==0.3.36; python write-smollm2.py FILE.gguf > smollm2.json
"""

import json
import sys

import llama_cpp
import numpy as np
from forward import Decoder

SYSTEM = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
QUESTIONS = [("What is the capital of France?", 8), ("Tell me a short story about a fox and a hedgehog.", 48),
             ("Which planets have rings?", 32)]
PARAGRAPH = """An orrery is a mechanical model of the Solar System that illustrates or predicts the relative positions and
motions of the planets and moons, usually according to the heliocentric model. It may also represent the relative sizes of
these bodies; however, since accurate scaling is often not practical due to the actual large ratio differences, it may use
a scaled-down approximation. The Greeks had working planetaria, but the first modern example was produced by clock makers
George Graham and Thomas Tompion. A copy was presented to Charles Boyle, the fourth Earl of Orrery, which gave it its name.
They are typically driven by a clockwork mechanism with a globe representing the Sun at the centre, and with a planet at the
end of each of a series of arms. Before the invention of modern computing machines, such devices were the most direct way to
see how the planets move, and to tell when two of them would stand together in the sky."""
STRINGS = ["", " ", "hello world", "  two  blanks ", "tab\tand\nnewline\r\n", "naïve café", "½ ² ③ 12345 6.78e-9", "🦔🦊👩‍👩‍👧",
           "中文字符，日本語テキスト", "مرحبا بالعالم", "שלום", "def f(x):\n    return x**2  # ok", "<|im_start|>user",
           "a<|im_end|>b", "I'll we've it's DON'T", "\u0000\u0001", "x" * 100, "   ", "\n\n\n", "e\u0301"]


def main(path):
    llama = llama_cpp.Llama(path, n_ctx=2048, n_threads=2, logits_all=True, verbose=False)
    tokenize = lambda text, special: llama.tokenize(text.encode(), add_bos=False, special=special)
    decoder = Decoder(path)
    prompts = []
    for question, count in QUESTIONS:
        text = f"{SYSTEM}<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
        tokens = tokenize(text, True)
        prompts.append({"question": question, "tokens": tokens, "greedy": decoder.greedy(tokens, count)})
    tokens = tokenize(PARAGRAPH, False)
    llama.reset()
    llama.eval(tokens)
    logits = np.array(llama._scores[: len(tokens)], dtype=np.float64)
    logits -= logits.max(axis=-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    of_llama = [float(logits[at, token]) for at, token in enumerate(tokens[1:])]
    golden = {
        "prompts": prompts,
        "paragraph": {"text": PARAGRAPH, "tokens": tokens, "numpy": decoder.logprobs(tokens), "llamaCpp": of_llama},
        "embedding": decoder.embedding(tokens, "mean"),
        "strings": [{"text": text, "plain": tokenize(text, False), "special": tokenize(text, True)} for text in STRINGS],
    }
    print(json.dumps(golden, ensure_ascii=False, indent=None, separators=(", ", ": ")))


main(sys.argv[1])
