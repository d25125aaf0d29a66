"""The official Python client against one front. Arguments: address up to and with /v1, key, model, abilities as JSON."""
import asyncio
import json
import sys

import openai
from openai.types import completion_create_params as completion_params
from openai.types import EmbeddingCreateParams
from openai.types.chat import completion_create_params as chat_params

URL, KEY, MODEL, CAN = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
client = openai.OpenAI(base_url=URL, api_key=KEY, max_retries=0, timeout=60)
HELLO = [{"role": "user", "content": "Say hello to the orrery."}]
FIXED = {"model": MODEL, "temperature": 0, "seed": 7}
REASONS = {"stop", "length", "tool_calls", "content_filter"}


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


def models():
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).object == "model"
    fails(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"))


def chat():
    done = client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=24)
    [choice] = done.choices
    assert done.object == "chat.completion" and done.id.startswith("chatcmpl-") and done.created > 1_700_000_000
    assert choice.message.role == "assistant" and choice.message.content and choice.finish_reason in REASONS
    usage = done.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens and 0 < usage.completion_tokens <= 24


def streams_what_it_answers():
    whole = client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=24)
    text, reasons, usages = "", [], []
    stream = client.chat.completions.create(
        **FIXED, messages=HELLO, max_tokens=24, stream=True, stream_options={"include_usage": True}
    )
    for n, chunk in enumerate(stream):
        assert chunk.object == "chat.completion.chunk"
        if chunk.usage:
            usages.append(chunk.usage)
            assert chunk.choices == []
            continue
        [choice] = chunk.choices
        if n == 0:
            assert choice.delta.role == "assistant"
        text += choice.delta.content or ""
        if choice.finish_reason:
            reasons.append(choice.finish_reason)
    assert text == whole.choices[0].message.content, (text, whole.choices[0].message.content)
    assert reasons == [whole.choices[0].finish_reason]
    assert [usage.completion_tokens for usage in usages] == [whole.usage.completion_tokens]


def no_usage_unless_asked_for():
    stream = client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=4, stream=True)
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in stream)


def limits():
    for tokens in (1, 5):
        done = client.chat.completions.create(**FIXED, messages=HELLO, max_completion_tokens=tokens)
        assert done.choices[0].finish_reason == "length" and done.usage.completion_tokens == tokens, done


def stops():
    whole = client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=24).choices[0].message.content
    stop = whole.strip()[3:7]
    done = client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=24, stop=[stop]).choices[0]
    assert done.finish_reason == "stop" and done.message.content == whole[: whole.index(stop)], (stop, done)
    text = ""
    for chunk in client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=24, stop=stop, stream=True):
        text += chunk.choices[0].delta.content or ""
    assert text == whole[: whole.index(stop)], (stop, text)


def logprobs():
    asked = {**FIXED, "messages": HELLO, "max_tokens": 6, "logprobs": True, "top_logprobs": 3}
    done = client.chat.completions.create(**asked).choices[0]
    assert len(done.logprobs.content) == 6
    for token in done.logprobs.content:
        assert token.logprob <= 0 and token.token and len(token.top_logprobs) == 3
        assert bytes(token.bytes).decode() == token.token
    assert "".join(token.token for token in done.logprobs.content) == done.message.content
    streamed = [
        token.token
        for chunk in client.chat.completions.create(**asked, stream=True)
        if chunk.choices[0].logprobs
        for token in chunk.choices[0].logprobs.content
    ]
    assert streamed == [token.token for token in done.logprobs.content]


def completions():
    done = client.completions.create(**FIXED, prompt="Once upon a time", max_tokens=8, logprobs=2)
    [choice] = done.choices
    assert done.object == "text_completion" and choice.text and choice.finish_reason in REASONS
    assert "".join(choice.logprobs.tokens) == choice.text and len(choice.logprobs.top_logprobs) == len(choice.logprobs.tokens)
    text = "".join(
        chunk.choices[0].text
        for chunk in client.completions.create(**FIXED, prompt="Once upon a time", max_tokens=8, stream=True)
    )
    assert text == choice.text


def every_field_is_known():
    """Followed, taken or refused for a reason of its own: what a newer client adds shows here."""
    for types, create, least in (
        (chat_params.CompletionCreateParamsBase, client.chat.completions.create, {"messages": HELLO, "max_tokens": 1}),
        (completion_params.CompletionCreateParamsBase, client.completions.create, {"prompt": "a", "max_tokens": 1}),
        (EmbeddingCreateParams, client.embeddings.create, {"input": "a"}),
    ):
        for field in types.__annotations__.keys() - least.keys() - {"model"}:
            try:
                create(model=MODEL, **least, extra_body={field: "strange"})
            except openai.BadRequestError as error:
                assert "no such field" not in error.message, error
                assert error.param == field or error.code == "unsupported", error


def choices():
    asked = {**FIXED, "temperature": 0.9, "messages": HELLO, "max_tokens": 8}
    one, three = client.chat.completions.create(**asked), client.chat.completions.create(**asked, n=3)
    assert [choice.index for choice in three.choices] == [0, 1, 2], three
    assert all(choice.message.content and choice.finish_reason in REASONS for choice in three.choices)
    assert three.usage.prompt_tokens == one.usage.prompt_tokens
    assert one.usage.completion_tokens < three.usage.completion_tokens <= 24
    texts, reasons, usages, roles = ["", "", ""], {}, [], set()
    stream = client.chat.completions.create(**asked, n=3, stream=True, stream_options={"include_usage": True})
    for chunk in stream:
        usages += [chunk.usage] if chunk.usage else []
        for choice in chunk.choices:
            roles |= {choice.index} if choice.delta.role == "assistant" else set()
            texts[choice.index] += choice.delta.content or ""
            reasons |= {choice.index: choice.finish_reason} if choice.finish_reason else {}
    assert roles == reasons.keys() == {0, 1, 2} and all(texts), (roles, reasons, texts)
    assert [usage.prompt_tokens for usage in usages] == [three.usage.prompt_tokens]
    # A server of somebody else's may answer otherwise when it answers several at once.
    if CAN["score"]:
        assert texts == [choice.message.content for choice in three.choices]
        assert texts[0] == one.choices[0].message.content


def prompts():
    asked = {**FIXED, "max_tokens": 4}
    texts = ["Once upon a time", "The planets turn"]
    both = client.completions.create(**asked, prompt=texts, n=2)
    assert [choice.index for choice in both.choices] == [0, 1, 2, 3]
    alone = [client.completions.create(**asked, prompt=text) for text in texts]
    assert both.usage.prompt_tokens == sum(done.usage.prompt_tokens for done in alone)
    if CAN["score"]:
        assert [choice.text for choice in both.choices[::2]] == [done.choices[0].text for done in alone]


def echo():
    text = "Once upon a time"
    asked = {**FIXED, "prompt": text, "echo": True}
    plain = client.completions.create(**asked, max_tokens=4).choices[0]
    assert plain.text.startswith(text) and len(plain.text) > len(text), plain
    if not CAN["score"]:
        error = fails(openai.BadRequestError, lambda: client.completions.create(**asked, max_tokens=1, logprobs=1))
        assert error.param == "echo", error
        return
    done = client.completions.create(**asked, max_tokens=4, logprobs=2).choices[0]
    told = done.logprobs
    assert done.text == plain.text == "".join(told.tokens)
    assert told.token_logprobs[0] is None and all(logprob <= 0 for logprob in told.token_logprobs[1:])
    assert told.text_offset == [len("".join(told.tokens[:at])) for at in range(len(told.tokens))]
    assert all(name in top for name, top in zip(told.tokens[1:], told.top_logprobs[1:], strict=True))
    # What lm-eval does: the probabilities of a text, and nothing generated.
    read = client.completions.create(**asked, max_tokens=0, logprobs=2)
    assert read.choices[0].text == text and read.usage.completion_tokens == 0
    size = read.usage.prompt_tokens
    assert len(read.choices[0].logprobs.tokens) == size
    assert read.choices[0].logprobs.token_logprobs[1:] == told.token_logprobs[1:size]


def a_context_by_reference():
    sent = client.post("/blobs", content=b"The password is marmalade. ", cast_to=object)
    long = client.completions.create(**FIXED, prompt="Go on:", max_tokens=1, extra_body={"context": [sent]})
    short = client.completions.create(**FIXED, prompt="Go on:", max_tokens=1)
    assert long.usage.prompt_tokens > short.usage.prompt_tokens


def errors():
    error = fails(openai.NotFoundError, lambda: client.chat.completions.create(model="gpt-9", messages=HELLO))
    assert error.code == "model_not_found"
    error = fails(openai.BadRequestError, lambda: client.chat.completions.create(model=MODEL, messages=HELLO, temperature=9))
    assert error.param == "temperature", error
    fails(openai.BadRequestError, lambda: client.chat.completions.create(model=MODEL, messages=HELLO, n=17))
    fails(openai.BadRequestError, lambda: client.chat.completions.create(model=MODEL, messages=[]))
    stranger = openai.OpenAI(base_url=URL, api_key="sk-wrong", max_retries=0)
    error = fails(openai.AuthenticationError, lambda: stranger.chat.completions.create(model=MODEL, messages=HELLO))
    assert error.code == "invalid_api_key" and "sk-wrong" not in str(error)
    long = [{"role": "user", "content": "word " * CAN["tooManyWords"]}]
    error = fails(openai.BadRequestError, lambda: client.chat.completions.create(**FIXED, messages=long))
    assert error.code == "context_length_exceeded", error


def leaves_in_the_middle():
    for _ in range(5):
        with client.chat.completions.create(**FIXED, messages=HELLO, max_tokens=200, stream=True) as stream:
            next(iter(stream))
    chat()


def many_at_once():
    async def all_of_them():
        many = openai.AsyncOpenAI(base_url=URL, api_key=KEY, max_retries=0, timeout=60)
        asked = [many.chat.completions.create(**FIXED, messages=HELLO, max_tokens=8) for _ in range(8)]
        return await asyncio.gather(*asked)

    assert len({done.choices[0].message.content for done in asyncio.run(all_of_them())}) == 1


def embeddings():
    if not CAN["embed"]:
        fails(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input="a"))
        return
    texts = ["a fox met a hedgehog", "a hedgehog met a fox", "7 %"]
    done = client.embeddings.create(model=MODEL, input=texts)
    assert [each.index for each in done.data] == [0, 1, 2] and done.object == "list" and done.model == MODEL
    vectors = [each.embedding for each in done.data]
    product = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))
    assert all(abs(product(vector, vector) - 1) < 1e-3 for vector in vectors)
    assert product(vectors[0], vectors[1]) > product(vectors[0], vectors[2])
    assert done.usage.prompt_tokens == done.usage.total_tokens > 0
    # The client asks for base64 unless it is told otherwise.
    floats = client.embeddings.create(model=MODEL, input=texts[0], encoding_format="float")
    assert all(abs(a - b) < 1e-6 for a, b in zip(floats.data[0].embedding, vectors[0], strict=True))
    tokens = client.embeddings.create(model=MODEL, input=[[65, 66, 67], [68]])
    assert tokens.usage.prompt_tokens == 4 and len(tokens.data) == 2
    assert len(client.embeddings.create(model=MODEL, input=[65, 66, 67]).data) == 1
    many = client.embeddings.create(model=MODEL, input=["a"] * CAN["manyInputs"])
    assert len(many.data) == CAN["manyInputs"] and many.data[-1].embedding == many.data[0].embedding
    for bad in ("", ["a", ""], [], [[]], ["a"] * 2049, [["a"]]):
        error = fails(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input=bad))
        assert error.param.startswith("input"), error
    long = "word " * CAN["tooManyWords"]
    error = fails(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input=["a", long]))
    assert error.code == "context_length_exceeded", error
    fails(openai.NotFoundError, lambda: client.embeddings.create(model="gpt-9", input="a"))
    if CAN["shortens"]:
        short = client.embeddings.create(model=MODEL, input="a", dimensions=16).data[0].embedding
        assert len(short) == 16 and abs(product(short, short) - 1) < 1e-3
    else:
        error = fails(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input="a", dimensions=16))
        assert error.param == "dimensions", error


def tools():
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    asked = {**FIXED, "messages": HELLO, "tools": [tool], "max_tokens": 8}
    if not CAN["tools"]:
        fails(openai.BadRequestError, lambda: client.chat.completions.create(**asked))
        return
    assert client.chat.completions.create(**asked).choices[0].finish_reason in REASONS


for check in (
    models, chat, streams_what_it_answers, no_usage_unless_asked_for, limits, stops, logprobs, completions,
    every_field_is_known, choices, prompts, echo, a_context_by_reference, errors, leaves_in_the_middle, many_at_once, embeddings, tools,
):
    if CAN["embedsOnly"] and check not in (models, embeddings):
        continue
    try:
        check()
        print(json.dumps({"check": check.__name__, "ok": True}), flush=True)
    except Exception as error:
        print(json.dumps({"check": check.__name__, "ok": False, "error": f"{type(error).__name__}: {error}"}), flush=True)
