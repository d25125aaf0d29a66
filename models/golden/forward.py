"""An independent forward pass: llama, qwen2 and qwen3 decoders of GGUF files in single-precision numpy, nothing fused.

Used by the other scripts of this folder. pip install gguf==0.19.0 numpy
"""

import gguf
import numpy as np


class Decoder:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.fields = {name: field.contents() for name, field in reader.fields.items()}
        self.arch = self.fields["general.architecture"]
        self.weights = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32) for t in reader.tensors}
        self.blocks = self.key("block_count")
        self.heads = self.key("attention.head_count")
        self.kv_heads = self.key("attention.head_count_kv")
        self.dim = self.key("attention.key_length", self.key("embedding_length") // self.heads)
        self.eps = self.key("attention.layer_norm_rms_epsilon")
        factors = self.weights.get("rope_freqs.weight", np.ones(self.dim // 2, np.float32))
        powers = np.arange(0, self.dim, 2, dtype=np.float64) / self.dim
        self.speed = self.key("rope.freq_base", 10_000.0) ** -powers / factors / self.key("rope.scaling.factor", 1.0)
        self.reset()

    def key(self, name, default=None):
        return self.fields.get(f"{self.arch}.{name}", default)

    def reset(self):
        self.cache = [(None, None)] * self.blocks
        self.position = 0

    def norm(self, x, name):
        scale = np.sqrt(np.mean(x * x, axis=-1, keepdims=True, dtype=np.float32) + np.float32(self.eps))
        return x / scale * self.weights[name]

    def linear(self, x, name):
        y = x @ self.weights[f"{name}.weight"].T
        return y + self.weights[f"{name}.bias"] if f"{name}.bias" in self.weights else y

    def rotate(self, x, positions):
        angle = positions[:, None] * self.speed[None, :]
        cos, sin = np.cos(angle).astype(np.float32)[:, None], np.sin(angle).astype(np.float32)[:, None]
        out = np.empty_like(x)
        if self.arch == "llama":
            a, b = x[..., 0::2], x[..., 1::2]
            out[..., 0::2], out[..., 1::2] = a * cos - b * sin, a * sin + b * cos
        else:
            half = self.dim // 2
            a, b = x[..., :half], x[..., half:]
            out[..., :half], out[..., half:] = a * cos - b * sin, a * sin + b * cos
        return out

    def attend(self, x, block, positions):
        at = f"blk.{block}."
        q = self.linear(x, at + "attn_q").reshape(len(x), self.heads, self.dim)
        k = self.linear(x, at + "attn_k").reshape(len(x), self.kv_heads, self.dim)
        v = self.linear(x, at + "attn_v").reshape(len(x), self.kv_heads, self.dim)
        if self.arch == "qwen3":
            q, k = self.norm(q, at + "attn_q_norm.weight"), self.norm(k, at + "attn_k_norm.weight")
        q, k = self.rotate(q, positions), self.rotate(k, positions)
        before_k, before_v = self.cache[block]
        k = k if before_k is None else np.concatenate([before_k, k])
        v = v if before_v is None else np.concatenate([before_v, v])
        self.cache[block] = (k, v)
        group = self.heads // self.kv_heads
        out = np.empty_like(q)
        hidden = np.arange(len(k))[None, :] > positions[:, None]
        for head in range(self.heads):
            scores = q[:, head] @ k[:, head // group].T / np.float32(np.sqrt(self.dim))
            scores[hidden] = -np.inf
            scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
            out[:, head] = scores / scores.sum(axis=-1, keepdims=True) @ v[:, head // group]
        return self.linear(out.reshape(len(x), -1), at + "attn_output")

    def states(self, tokens):
        """Of every token after the last norm; goes on from what was fed before."""
        positions = np.arange(self.position, self.position + len(tokens))
        x = self.weights["token_embd.weight"][tokens]
        for block in range(self.blocks):
            at = f"blk.{block}."
            x = x + self.attend(self.norm(x, at + "attn_norm.weight"), block, positions)
            y = self.norm(x, at + "ffn_norm.weight")
            gate = self.linear(y, at + "ffn_gate")
            x = x + self.linear(gate / (1 + np.exp(-gate)) * self.linear(y, at + "ffn_up"), at + "ffn_down")
        self.position += len(tokens)
        return self.norm(x, "output_norm.weight")

    def feed(self, tokens):
        """Logits of every token; goes on from what was fed before."""
        head = self.weights.get("output.weight", self.weights["token_embd.weight"])
        return self.states(tokens) @ head.T

    def greedy(self, tokens, count):
        self.reset()
        logits = self.feed(tokens)[-1]
        given = []
        while len(given) < count:
            given.append(int(logits.argmax()))
            logits = self.feed(given[-1:])[-1]
        return given

    def embedding(self, tokens, pooling):
        """One vector of length 1 for all tokens."""
        self.reset()
        states = self.states(tokens).astype(np.float64)
        pooled = {"mean": states.mean(axis=0), "cls": states[0], "last": states[-1]}[pooling]
        return [round(float(x), 7) for x in pooled / np.linalg.norm(pooled)]

    def logprobs(self, tokens):
        """Of every token but the first, natural logarithms."""
        self.reset()
        logits = self.feed(tokens).astype(np.float64)
        logits -= logits.max(axis=-1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        return [float(logits[at, token]) for at, token in enumerate(tokens[1:])]
