# The guest's end of tools, for Python: the names of Caster's miner-sdk in one file without dependencies. A program whose
# task grants tools finds it beside its own files; a program may also bring a copy of its own. Nothing here is trusted:
# budget, prices and receipts are kept by the gateway outside the isolate.
#
#     from caster_miner_sdk.api import search_web, llm_chat
#     from caster_miner_sdk.decorators import entrypoint
#     from caster_miner_sdk.query import Query, Response
#
#     @entrypoint("query")
#     async def query(request: Query) -> Response:
#         found = await search_web(request.text, num=3)
#         return Response(text=found.response.data[0].snippet)
#
# Calls are made one after the other, also those of asyncio.gather: an isolate has one channel.
import json
import sys

try:
    from _orrery_tools import call as _call
except ImportError:
    _call = None

_MODULE = type(sys)
_MOST = 512 * 1024  # characters of a request


class ToolInvocationError(RuntimeError):
    """A call that failed; `owner` says whose fault it is, `retry_after` how many seconds to wait before another try."""

    def __init__(self, message, *, code="malformed", owner="miner", retryable=False, retry_after=None, receipt_id=None, meta=None):
        super().__init__(f"{code}: {message}")
        self.code, self.owner, self.retryable = code, owner, retryable
        self.retry_after, self.receipt_id, self.meta = retry_after, receipt_id, meta or {}


class Record(dict):
    """A JSON object whose members are attributes as well."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def model_dump(self, **_):
        return dict(self)


def _record(value):
    if isinstance(value, dict):
        return Record((name, _record(member)) for name, member in value.items())
    if isinstance(value, list):
        return [_record(item) for item in value]
    return value


class LlmResponse(Record):
    """What a model answered."""

    @property
    def raw_text(self):
        parts = [part.text.strip() for choice in self.choices for part in choice.message.content if part.text]
        return "\n".join(part for part in parts if part) or None

    @property
    def tool_calls(self):
        calls = []
        for choice in self.choices:
            for made in choice.message.tool_calls or ():
                try:
                    arguments = json.loads(made.arguments)
                except ValueError:
                    arguments = None
                if not isinstance(arguments, dict):
                    arguments = {"raw": made.arguments}
                calls.append(Record(name=made.name, arguments=arguments, output=None))
        return tuple(calls)

    def to_payload(self):
        return dict(self)


class ToolCallResponse(Record):
    """`receipt_id`, `response`, `results`, `result_policy`, `cost_usd`, `usage`, `budget`."""


class LlmChatResult(ToolCallResponse):
    @property
    def llm(self):
        return self.response


def invoke(tool, args=(), kwargs=None):
    """One call, as the gateway answers it. Raises ToolInvocationError."""
    if _call is None:
        raise ToolInvocationError("this task grants no tools", code="policy")
    try:
        request = json.dumps({"tool": tool, "args": list(args), "kwargs": dict(kwargs or {})}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ToolInvocationError(f"the arguments are no JSON: {error}") from None
    if len(request) > _MOST:
        raise ToolInvocationError(f"the request has {len(request)} characters, more than {_MOST}", code="too-large")
    answer = _record(json.loads(_call(request)))
    if "error" not in answer:
        return answer
    error = answer["error"]
    wait = error["retry_after_ms"]
    raise ToolInvocationError(
        error["message"] if error["hint"] is None else f"{error['message']}. {error['hint']}",
        code=error["code"],
        owner=error["owner"],
        retryable=error["retryable"],
        retry_after=None if wait is None else wait / 1000,
        receipt_id=error["receipt_id"],
        meta=error["meta"],
    )


def _told(answer, kind=ToolCallResponse):
    told = kind(answer)
    told["results"] = tuple(answer["results"])
    return told


def _plain(value):
    """Messages and parts may be objects of the script's own."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _plain(vars(value)) if hasattr(value, "__dict__") else value


async def llm_chat(*, messages, model, **params):
    params.pop("provider", None)
    answer = invoke("llm_chat", (), _plain({"model": model, "messages": list(messages), **params}))
    answer["response"] = LlmResponse(answer["response"])
    return _told(answer, LlmChatResult)


async def search_web(query, /, **kwargs):
    return _told(invoke("search_web", (), {"query": query, **kwargs}))


async def search_ai(prompt, /, **kwargs):
    return _told(invoke("search_ai", (), _plain({"prompt": prompt, **kwargs})))


async def fetch_page(url, /, **kwargs):
    kwargs.pop("provider", None)
    return _told(invoke("fetch_page", (), {"url": url, **kwargs}))


async def test_tool(message):
    return _told(invoke("test_tool", (message,)))


async def tooling_info():
    return _told(invoke("tooling_info"))


def _other(tool):
    """Of Caster's names; a task here never grants it, so that calling it raises."""

    async def other(*args, **kwargs):
        return _told(invoke(tool, args, _plain(kwargs)))

    other.__name__ = tool
    return other


# ---- requests and responses ----
class _Text:
    def __init__(self, *, text):
        if not isinstance(text, str) or not text.strip():
            raise ValueError("text must be a string that is not blank")
        self.text = text.strip()

    @classmethod
    def model_validate(cls, value):
        return value if isinstance(value, cls) else cls(**value)

    def model_dump(self, **_):
        return {"text": self.text}


class Query(_Text):
    pass


class Response(_Text):
    pass


class VerdictOption:
    def __init__(self, value, description):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("verdict option value must be an integer")
        if not description.strip():
            raise ValueError("verdict option description must be non-empty")
        self.value, self.description = value, description.strip()


class VerdictOptions:
    ALLOWED = ({-1, 1}, {-1, 0, 1}, {1, 2, 3, 4, 5})

    def __init__(self, options):
        self.options = tuple(each if isinstance(each, VerdictOption) else VerdictOption(**each) for each in options)
        values = [option.value for option in self.options]
        if len(set(values)) != len(values) or set(values) not in self.ALLOWED:
            raise ValueError("verdict_options values must be one of (-1, 1), (-1, 0, 1), (1, 2, 3, 4, 5)")

    def validate(self, value):
        if value not in [option.value for option in self.options]:
            raise ValueError(f"verdict {value!r} is not one of the options")
        return value

    def normalize(self, value):
        values = [option.value for option in self.options]
        return (self.validate(value) - min(values)) / (max(values) - min(values))

    def description_for(self, value):
        return next(option.description for option in self.options if option.value == self.validate(value))


# ---- entry points ----
_entrypoints = {}
_running = False
_COROUTINE = 0x80


def entrypoint(name=None):
    """Registers an async function with one parameter under a name, by which the isolate finds it."""

    def register(function):
        known, code = name or function.__name__, function.__code__
        if known in _entrypoints:
            raise ValueError(f"entrypoint {known!r} is already registered")
        if not code.co_flags & _COROUTINE:
            raise TypeError("entrypoints must be declared with 'async def'")
        if code.co_argcount + code.co_kwonlyargcount != 1 or code.co_flags & 0x0C:
            raise TypeError("entrypoints must accept exactly one parameter")
        _entrypoints[known] = function
        wanted = function.__annotations__.get(code.co_varnames[0])
        wanted = globals().get(wanted, wanted) if isinstance(wanted, str) else wanted

        def entry(request):
            if _running:
                return function(request)
            given = wanted.model_validate(request) if hasattr(wanted, "model_validate") else _record(request)
            answer = _finish(function(given))
            return answer.model_dump() if hasattr(answer, "model_dump") else answer

        entry.__name__ = known
        module = sys.modules.get(function.__module__)
        if module is not None:
            setattr(module, known, entry)
        return entry

    return register


def _finish(coroutine):
    """The coroutine's result. A loop is only needed by programs that use asyncio themselves."""
    global _running
    _running = True
    try:
        if "asyncio" not in sys.modules:
            try:
                coroutine.send(None)
            except StopIteration as end:
                return end.value
            raise RuntimeError("the entrypoint waits for something that is no tool call")
        return _asyncio().run(coroutine)
    finally:
        _running = False


def _asyncio():
    global _adapted
    import asyncio

    if _adapted or sys.platform != "wasi":
        return asyncio
    _adapted = True

    # In WASI there are no sockets, which asyncio would wake its loop with; here nothing else could wake it anyway.
    class Waiting:
        def select(self, timeout):
            import time

            if timeout is None:
                raise RuntimeError("the program waits for something that can never come")
            time.sleep(max(0, timeout))
            return []

        def close(self):
            pass

    class Loop(asyncio.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = Waiting()

        def _process_events(self, events):
            pass

        def _write_to_self(self):
            pass

    class Policy(asyncio.DefaultEventLoopPolicy):
        _loop_factory = Loop

    asyncio.set_event_loop_policy(Policy())
    return asyncio


_adapted = False


# ---- Caster's modules, all of this file ----
def _module(name, **names):
    module = _MODULE(f"{__name__}.{name}")
    module.__dict__.update(names)
    module.__all__ = list(names)
    sys.modules[module.__name__] = module
    parent, _, last = name.rpartition(".")
    owner = sys.modules[f"{__name__}.{parent}" if parent else __name__]
    setattr(owner, last, module)


_tools = {tool: _other(tool) for tool in ("search_x", "search_repo", "get_repo_file", "search_items")}
_tools.update(
    llm_chat=llm_chat,
    search_web=search_web,
    search_ai=search_ai,
    fetch_page=fetch_page,
    test_tool=test_tool,
    tooling_info=tooling_info,
)
__path__ = []
_module("api", ToolCallResponse=ToolCallResponse, LlmChatResult=LlmChatResult, **_tools)
_module(
    "decorators",
    entrypoint=entrypoint,
    get_entrypoint=_entrypoints.__getitem__,
    entrypoint_exists=_entrypoints.__contains__,
    clear_entrypoints=_entrypoints.clear,
)
_module("query", Query=Query, Response=Response)
_module("verdict", VerdictOption=VerdictOption, VerdictOptions=VerdictOptions)
_module("llm", LlmResponse=LlmResponse)
_module("tools")
_module("tools.proxy", ToolInvocationError=ToolInvocationError)
_module("tools.types", TOOL_NAMES=set(_tools))
