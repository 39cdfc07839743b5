/**
 * The Python side of a run. It lives in the base state of every guest, in a module that is in no
 * list; the host holds a reference to `run` and calls it with one bytes object, and reads one back.
 * The first byte of the answer says what it is: `V` a value, `E` an exit code and nothing else,
 * `M` memory ran out, `I` the entry is wrong, `A` an argument is wrong (then its index).
 */
export const runnerSource = `
import sys, os, io, json, types, builtins, traceback, linecache, atexit, inspect, gc, ast

_home = "/home/guest"
_random = sys.modules.get("random")
_session = None

class _Refusal(Exception):
    def __init__(self, kind, text):
        self.answer = kind + text.encode()

def run(request):
    try:
        return _run(json.loads(request))
    except _Refusal as refusal:
        return refusal.answer
    except SystemExit as stop:
        return _exit(stop.code)
    except MemoryError as error:
        del request
        _report(error)
        # With a text it is a script's or the parser's own word for another limit.
        return b"E1" if error.args else b"M"
    except BaseException as error:
        _report(error)
        return b"E1"
    finally:
        _flush()

def _run(request):
    script = request["script"]
    os.environ.clear()
    os.environ.update(request["env"])
    if _random is not None:
        _random.seed(int.from_bytes(os.urandom(32)))
    sys.path[:] = [_home, "/lib/python314.zip", *request["paths"]]
    entry = request["entry"]
    is_main = entry == "main"
    sys.argv = [script, *(request["args"] if is_main else [])]
    module, value = _execute(script, request["session"], is_main)
    if is_main:
        return b"V" + value
    if request["session"] and entry == "eval" and entry not in module.__dict__:
        return b"V" + _evaluate_texts(module, request["args"])
    return b"V" + _call(module, entry, request["args"])

def _execute(script, session, is_main):
    global _session
    path = script if script.startswith("/") else _home + "/" + script
    known = _session if session else None
    if known is not None and not is_main:
        return known, b""
    source = _read(path)
    lines = source.decode("utf-8", "replace").splitlines(True)
    linecache.cache[script] = (len(source), None, lines, script)
    stem = os.path.basename(script).rpartition(".")[0] or "script"
    module = known or types.ModuleType("__main__" if is_main or session else stem)
    module.__file__ = path
    module.__builtins__ = builtins
    sys.modules[module.__name__] = module
    if session:
        _session = module
    return module, _evaluate(module, source, script, session)

def _evaluate(module, source, path, session):
    if not session:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
        return b""
    tree = ast.parse(source, path)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, path, "exec", dont_inherit=True), module.__dict__)
    if last is None:
        return b""
    value = eval(compile(last, path, "eval", dont_inherit=True), module.__dict__)
    return b"" if value is None else _encode(value)

def _evaluate_texts(module, texts):
    value = b""
    for text in texts:
        linecache.cache["<session>"] = (len(text), None, text.splitlines(True), "<session>")
        value = _evaluate(module, text, "<session>", True)
    return value

def _call(module, entry, texts):
    function = module.__dict__.get(entry)
    if not callable(function) or entry.startswith("_"):
        raise _Refusal(b"I", "the script has no function of that name")
    values = [_argument(function, i, text) for i, text in enumerate(texts)]
    try:
        inspect.signature(function).bind(*values)
    except TypeError as error:
        raise _Refusal(b"A", f"args/{len(values)} {error}") from None
    except ValueError:
        pass
    result = function(*values)
    if inspect.iscoroutine(result):
        import asyncio
        result = asyncio.run(result)
    return _encode(result)

def _argument(function, index, text):
    # A parameter that is declared as a text takes the text; all others take JSON, or the text
    # where it is none.
    try:
        parameters = list(inspect.signature(function).parameters.values())
        declared = parameters[min(index, len(parameters) - 1)].annotation if parameters else None
    except (TypeError, ValueError):
        declared = None
    if declared is str or declared == "str":
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if declared in _plain and not isinstance(value, _plain[declared]):
        raise _Refusal(b"A", f"args/{index} must be a JSON {declared.__name__}")
    return value

_plain = {int: int, float: (int, float), bool: bool, list: list, dict: dict}

def _encode(value):
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return json.dumps(repr(value), ensure_ascii=False).encode("utf-8", "replace")

def _exit(code):
    if code is None or code == 0:
        return b"V"
    if isinstance(code, int):
        return b"E%d" % (code & 0xff) if code & 0xff else b"V"
    print(code, file=sys.stderr)
    return b"E1"

def _report(error):
    try:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __name__:
            frames = frames.tb_next
        error.__traceback__ = frames
        if error.__context__ is not None and isinstance(error.__context__, _Refusal):
            error.__context__ = None
        traceback.print_exception(error, file=sys.stderr)
    except BaseException:
        try:
            sys.stderr.write(type(error).__name__ + "\\n")
        except BaseException:
            pass

def _flush():
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass

def _read(path):
    with io.open_code(path) as file:
        return file.read()
`;

/**
 * Runs once, when the base state is made: the modules that scripts use most are loaded, so that
 * importing them costs nothing; the others are compiled from the library when they are imported.
 */
export const preludeSource = `
import sys, os, io
sys.path[:] = ["/home/guest", "/lib/python314.zip"]
sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)), "utf-8")
sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8", line_buffering=True)
sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True)
sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
import _sitebuiltins, builtins
builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
builtins.help = _sitebuiltins._Helper()
for _name in (
    "abc argparse ast atexit base64 bisect calendar codecs collections collections.abc contextlib "
    "copy csv dataclasses datetime decimal enum fractions functools glob hashlib heapq hmac html "
    "inspect io itertools json keyword linecache locale logging math numbers operator os pathlib "
    "pickle pprint queue random re secrets shutil statistics string struct tempfile textwrap "
    "threading time timeit tokenize traceback types typing unicodedata urllib.parse uuid warnings "
    "weakref zlib encodings.latin_1 encodings.ascii encodings.idna encodings.utf_16"
).split():
    try:
        __import__(_name)
    except ImportError:
        pass
del _name

# An event loop that waits on nothing but time: there are no sockets here.
import asyncio
from time import sleep as _sleep
class _Waiting:
    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the event loop waits for something that cannot happen")
        if timeout > 0:
            _sleep(timeout)
        return ()
    def close(self):
        pass
class _TimeLoop(asyncio.BaseEventLoop):
    _selector = _Waiting()
    def _process_events(self, events):
        pass
    def _write_to_self(self):
        pass
type(asyncio.events._get_event_loop_policy())._loop_factory = _TimeLoop
del asyncio

# What only makes sense with the bridge that is not here.
import zipimport
for _files in zipimport._zip_directory_cache.values():
    for _name in [_each for _each in _files if _each.split("/")[0] in ("pyodide", "_pyodide")]:
        del _files[_name]
import gc
gc.collect()
`;
