// Runs a submission inside its isolate. The host gives one object, `orrery`, whose functions are all that leads outside:
// read(channel), write(channel, text), file(path), evaluate(source, name, asModule), drain(), sleep(ms), entropy(), rejection().
// It shares the interpreter with the submission, so nothing here is trusted: the host outside the isolate decides the
// outcome, measures the usage and knows the other inputs. All a submission can forge is its own answer.
// What is used later is taken now, so that a submission that changes built-in objects by mistake still gets its answer out.
(() => {
  const { read, write, file, evaluate, drain, sleep, entropy, rejection } = globalThis.orrery;
  delete globalThis.orrery;
  const INPUTS = 1;
  const RESULT = 0;
  const TOOL_ANSWERS = 2;
  const STDIN = 0;
  const STDOUT = 1;
  const STDERR = 2;
  const FALLBACKS = ["solve", "main", "solution"];
  const MAX_DEPTH = 64;
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { keys, is } = Object;
  const { apply } = Reflect;
  const { isFinite: finite, isSafeInteger: safe } = Number;
  const { abs } = Math;
  const Big = BigInt;
  const text = String;
  const slice = (value, ...range) => apply(String.prototype.slice, value, range);
  const tagOf = (
    (tag) => (value) =>
      apply(tag, value, [])
  )(Object.prototype.toString);
  const then = (
    (method) =>
    (promise, ...next) =>
      apply(method, promise, next)
  )(Promise.prototype.then);
  const resolve = Promise.resolve.bind(Promise);
  const find = (
    (exec) => (pattern, value) =>
      apply(exec, pattern, [value])
  )(RegExp.prototype.exec);
  const JsError = Error;
  const JsSyntaxError = SyntaxError;
  const JsMap = Map;
  const ModuleSyntax =
    /^[ \t]*(?:import\s*(?:[\w$*{]|["'])|export\s*(?:\{|\*|default\b|async\b|function\b|class\b|const\b|let\b|var\b))/m;
  const ModuleWords = /\b(?:import|export|await)\b/;

  let setup;
  let entry = "";
  let stdin = null;
  const timers = [];
  let lastTimer = 0;
  let now = 0;

  const quietly = (work, otherwise) => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };

  // ---- answers ----
  const deliver = (kind, body) => write(RESULT, setup.nonce + kind + body);

  class NoJson extends JsError {}
  const refuse = (what) => {
    throw new NoJson(`${what} is not a JSON value`);
  };

  /** JSON text that says the value exactly; what JSON.stringify would drop or change is refused. */
  function encode(value, depth) {
    switch (typeof value) {
      case "string":
        return stringify(value);
      case "boolean":
        return value ? "true" : "false";
      case "bigint":
        return text(value);
      case "number":
        if (!finite(value)) refuse(text(value));
        if (is(value, -0)) return "-0";
        // The shortest digits of a large number are not all its own; the next reader may be of those who see a difference.
        return value % 1 === 0 && !safe(value) && abs(value) < 1e21 ? text(Big(value)) : text(value);
      case "object":
        break;
      default:
        return refuse(typeof value);
    }
    if (value === null) return "null";
    if (depth >= MAX_DEPTH) throw new NoJson(`nested deeper than ${MAX_DEPTH} levels`);
    if (typeof value.toJSON === "function") return encode(value.toJSON(), depth + 1);
    let out = "";
    if (isArray(value)) {
      for (let index = 0; index < value.length; index++)
        out += (index > 0 ? "," : "") + encode(value[index], depth + 1);
      return `[${out}]`;
    }
    const tag = tagOf(value);
    if (tag !== "[object Object]") refuse(slice(tag, 8, -1));
    const names = keys(value);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      out += `${(index > 0 ? "," : "") + stringify(name)}:${encode(value[name], depth + 1)}`;
    }
    return `{${out}}`;
  }

  function describe(error) {
    if (typeof error !== "object" || error === null)
      return `threw ${slice(
        quietly(() => text(error), "a value"),
        0,
        500,
      )}`;
    const name = quietly(() => text(error.name), "Error");
    const message = slice(
      quietly(() => text(error.message), ""),
      0,
      500,
    );
    const stack = quietly(() => text(error.stack), "");
    let line = "";
    for (const row of apply(String.prototype.split, stack, ["\n"])) {
      const at = row.indexOf(`${entry}:`);
      const found = at < 0 ? null : find(/^(\d+)/, slice(row, at + entry.length + 1));
      if (found !== null && line === "") line = ` (line ${found[1]})`;
    }
    return message === "" ? name + line : `${name}: ${message}${line}`;
  }

  function report(error) {
    const full = quietly(() => error.name === "InternalError" && error.message === "out of memory", false);
    deliver(full ? "M" : "E", describe(error));
  }

  function answerWith(value) {
    let body;
    try {
      body = encode(value, 0);
    } catch (error) {
      if (error instanceof NoJson) deliver("J", error.message);
      else report(error);
      return;
    }
    deliver("V", body);
  }

  // ---- time: it stands still but for timers, which cost virtual time only ----
  function schedule(callback, delay, rest, every) {
    if (typeof callback !== "function") throw new TypeError("a timer needs a function");
    const wait = delay >= 1 ? +delay : 1;
    const id = ++lastTimer;
    timers.push({ id, at: now + wait, run: () => callback(...rest), every: every ? wait : 0 });
    return id;
  }
  function cancel(id) {
    const index = timers.findIndex((timer) => timer.id === id);
    if (index >= 0) timers.splice(index, 1);
  }
  /** Runs the next timer; false when there is none. */
  function nextTimer() {
    if (timers.length === 0) return false;
    let first = timers[0];
    for (const timer of timers) if (timer.at < first.at) first = timer;
    cancel(first.id);
    if (first.at > now) {
      sleep(first.at - now);
      now = first.at;
    }
    if (first.every > 0) timers.push({ ...first, at: now + first.every });
    first.run();
    return true;
  }

  /** The value of a promise, once everything that it waits for is done; other values as they are. */
  function settle(value) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
    if (typeof value.then !== "function") return value;
    let state = "pending";
    let outcome;
    const done = (how) => (what) => {
      state = how;
      outcome = what;
    };
    then(resolve(value), done("kept"), done("broken"));
    for (;;) {
      drain();
      if (state === "kept") return outcome;
      if (state === "broken") throw outcome;
      if (!nextTimer()) throw new JsError("the promise is never settled");
    }
  }

  // ---- what a submission finds ----
  const show = (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "function") return `[function ${value.name}]`;
    if (value instanceof JsError) return quietly(() => `${value}\n${value.stack}`, "[error]");
    if (typeof value === "object" && value !== null)
      return quietly(() => stringify(value) ?? text(value), "[object]");
    return quietly(() => text(value), "[value]");
  };
  const printer =
    (channel) =>
    (...values) => {
      let line = "";
      for (let index = 0; index < values.length; index++)
        line += (index > 0 ? " " : "") + show(values[index]);
      write(channel, `${line}\n`);
    };
  const stream = (channel) => ({
    fd: channel,
    isTTY: false,
    write: (chunk) => {
      write(channel, typeof chunk === "string" ? chunk : show(chunk));
      return true;
    },
  });
  const allInput = () => {
    stdin ??= read(STDIN);
    return stdin;
  };
  const fs = {
    readFileSync(path) {
      if (path === STDIN || path === "/dev/stdin") return allInput();
      const found = file(resolvePath("", text(path)));
      if (found === null) throw new JsError(`ENOENT: there is no file ${text(path)}`);
      return found;
    },
    writeFileSync(path, data) {
      if (path === STDOUT || path === "/dev/stdout") return write(STDOUT, text(data));
      if (path === STDERR || path === "/dev/stderr") return write(STDERR, text(data));
      throw new JsError("EROFS: nothing can be written here");
    },
    existsSync: (path) => file(resolvePath("", text(path))) !== null,
  };
  fs.writeSync = (channel, data) => fs.writeFileSync(channel, data);

  /** The submitted file that a relative specifier means, seen from another file. */
  function resolvePath(base, specifier) {
    const parts = base.split("/").slice(0, -1);
    for (const part of specifier.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "." && part !== "") parts.push(part);
    }
    const path = parts.join("/");
    return (
      [path, `${path}.js`, `${path}.cjs`, `${path}.json`, `${path}/index.js`].find(
        (name) => file(name) !== null,
      ) ?? path
    );
  }
  const loaded = new JsMap();
  const requireFrom = (base) => (specifier) => {
    if (specifier === "fs" || specifier === "node:fs") return fs;
    if (specifier === "process" || specifier === "node:process") return globalThis.process;
    const path = resolvePath(base, specifier);
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const source = file(path);
    if (source === null) throw new JsError(`there is no module ${specifier}`);
    const module = { exports: {}, id: path };
    loaded.set(path, module);
    if (path.endsWith(".json")) module.exports = parse(source);
    else {
      const load = evaluate(`(function (exports, require, module) {${source}\n})`, path, false);
      apply(load, module.exports, [module.exports, requireFrom(path), module]);
    }
    return module.exports;
  };

  class Exit extends JsError {}
  function exit(code = 0) {
    if (setup.program) deliver(+code === 0 ? "D" : "E", +code === 0 ? "" : `exit code ${+code}`);
    const stop = new Exit(`process.exit(${+code}) was called`);
    stop.name = "Exit";
    throw stop;
  }

  function random() {
    const seed = entropy();
    let [a, b, c, d] = [0, 8, 16, 24].map((at) => Number.parseInt(seed.slice(at, at + 8), 16) | 0);
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    };
    for (let round = 0; round < 12; round++) next();
    return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
  }

  const hidden = (target, values) => {
    for (const name of keys(values)) {
      Object.defineProperty(target, name, {
        value: values[name],
        writable: true,
        configurable: true,
        enumerable: false,
      });
    }
  };

  // ---- running a submission ----
  function load() {
    const source = file(entry);
    const own = keys(globalThis);
    const asModule = () => ({ scope: settle(evaluate(source, entry, true)), own: undefined });
    if (entry.endsWith(".mjs") || (!entry.endsWith(".cjs") && find(ModuleSyntax, source) !== null))
      return asModule();
    const module = { exports: {}, id: entry };
    loaded.set(entry, module);
    hidden(globalThis, { module, exports: module.exports });
    try {
      settle(evaluate(source, entry, false));
    } catch (error) {
      // What only a module may have, but not where the pattern looks for it.
      if (error instanceof JsSyntaxError && find(ModuleWords, source) !== null) return asModule();
      throw error;
    }
    return { scope: module.exports, own };
  }

  /** A function by its name: exported, or defined by a script at its top, also with const. */
  function named(name, { scope, own }) {
    const exported = quietly(() => scope[name], undefined);
    if (typeof exported === "function") return exported;
    if (own === undefined) return undefined;
    return quietly(
      () => evaluate(`typeof ${name} === "function" ? ${name} : undefined`, "<name>", false),
      undefined,
    );
  }

  const isClass = (value) => typeof value === "function" && text(value).startsWith("class");

  function entryPoint(program) {
    const names = setup.call === null ? FALLBACKS : [setup.call, ...FALLBACKS];
    for (const name of names) {
      const found = named(name, program);
      if (found !== undefined && !isClass(found)) return found;
    }
    const { scope, own } = program;
    const main = typeof scope === "function" ? scope : quietly(() => scope.default, undefined);
    const solution = named("Solution", program) ?? main;
    if (isClass(solution)) {
      for (const name of names) {
        if (typeof solution.prototype[name] === "function") {
          return (...given) => new solution()[name](...given);
        }
      }
    }
    if (typeof main === "function" && !isClass(main)) return main;
    if (typeof main === "object" && main !== null) {
      for (const name of names) if (typeof main[name] === "function") return main[name];
    }
    const outer = own === undefined ? scope : globalThis;
    const others = keys(outer).filter(
      (name) =>
        !(own ?? []).includes(name) &&
        name[0] !== "_" &&
        typeof outer[name] === "function" &&
        !isClass(outer[name]),
    );
    if (others.length === 1) return outer[others[0]];
    const missing = new JsError(`no entry point: define ${names.join(" or ")}`);
    missing.name = "ReferenceError";
    throw missing;
  }

  /** One argument; an array is spread over two or more required parameters that it fits. */
  const argumentsFor = (called, value) =>
    isArray(value) && called.length >= 2 && value.length >= called.length ? value : [value];

  function cases() {
    let called;
    for (let given = read(INPUTS); given !== null; given = read(INPUTS)) {
      let value;
      try {
        called ??= entryPoint(load());
        value = settle(apply(called, undefined, argumentsFor(called, parse(given))));
      } catch (error) {
        report(error);
        continue;
      }
      answerWith(value);
    }
  }

  function program() {
    try {
      load();
      do drain();
      while (nextTimer());
      const reason = rejection();
      if (reason !== null) throw reason[0];
    } catch (error) {
      return error instanceof Exit ? undefined : report(error);
    }
    deliver("D", "");
  }

  const log = printer(STDOUT);
  const complain = printer(STDERR);
  hidden(globalThis, {
    console: { log, info: log, debug: log, error: complain, warn: complain, trace: complain },
    print: log,
    setTimeout: (callback, delay, ...rest) => schedule(callback, delay, rest, false),
    setInterval: (callback, delay, ...rest) => schedule(callback, delay, rest, true),
    setImmediate: (callback, ...rest) => schedule(callback, 0, rest, false),
    clearTimeout: cancel,
    clearInterval: cancel,
    clearImmediate: cancel,
    process: {
      argv: ["quickjs", ""],
      env: {},
      platform: "wasi",
      exit,
      stdin: { fd: STDIN, isTTY: false },
      stdout: stream(STDOUT),
      stderr: stream(STDERR),
      nextTick: (callback, ...rest) => void then(resolve(), () => callback(...rest)),
    },
  });

  return function go() {
    setup = parse(read(INPUTS));
    entry = setup.entry;
    globalThis.process.argv[1] = entry;
    hidden(globalThis, { require: requireFrom(entry) });
    Math.random = random();
    if (setup.tools) {
      // What the guest SDK finds its way out with; see sandbox/tool-channel.ts.
      hidden(globalThis, {
        orreryTools: {
          call(request) {
            deliver("T", request);
            return read(TOOL_ANSWERS);
          },
        },
      });
    }
    if (setup.program) program();
    else cases();
  };
})();
