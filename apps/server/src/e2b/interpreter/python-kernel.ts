/**
 * The program that runs snippets of Python, or, with the argument `bash`, of a shell. It reads one
 * request a line (`{"code", "env"}`) and writes one message a line; each snippet ends with
 * `{"type": "end_of_execution"}`. SIGINT interrupts the snippet that runs.
 */
export const pythonKernel: string = String.raw`
import ast, asyncio, base64, inspect, io, json, linecache, os, re, signal, subprocess, sys
import tempfile, textwrap, threading, time, traceback, types

out = os.fdopen(os.dup(1), "w", encoding="utf-8")
requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
lock = threading.Lock()


def tell(message):
    with lock:
        out.write(json.dumps(message) + "\n")
        out.flush()


class Capture:
    """Tells what is written to a descriptor, by this process or by those that it starts."""

    def __init__(self, fd, kind):
        self.fd, self.kind, self.seen = fd, kind, threading.Event()
        self.mark = ("\x00end of snippet %s\x00" % base64.b64encode(os.urandom(12)).decode()).encode()
        reading, writing = os.pipe()
        os.dup2(writing, fd)
        os.close(writing)
        threading.Thread(target=self.read, args=(reading,), daemon=True).start()

    def read(self, reading):
        kept = b""
        while True:
            data = os.read(reading, 65536)
            if not data:
                return
            kept += data
            is_end = self.mark in kept
            kept = kept.replace(self.mark, b"")
            cut = len(kept) if is_end else whole(kept)
            text, kept = kept[:cut], kept[cut:]
            # The beginning of a mark waits for its end.
            at = text.rfind(b"\x00end")
            if at >= 0 and not is_end:
                text, kept = text[:at], text[at:] + kept
            if text:
                tell({"type": self.kind, "text": text.decode("utf-8", "replace"), "timestamp": time.time_ns()})
            if is_end:
                self.seen.set()

    def flush(self):
        self.seen.clear()
        os.write(self.fd, self.mark)
        self.seen.wait(5)


def whole(data):
    """How many bytes of it are whole characters."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if size > back else len(data)
        if byte < 0x80:
            return len(data)
    return len(data)


captures = [Capture(1, "stdout"), Capture(2, "stderr")]
sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", 0), "utf-8", write_through=False, line_buffering=True)
sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", 0), "utf-8", write_through=False, line_buffering=True)

formats = {
    "_repr_html_": "html", "_repr_markdown_": "markdown", "_repr_svg_": "svg", "_repr_png_": "png",
    "_repr_jpeg_": "jpeg", "_repr_pdf_": "pdf", "_repr_latex_": "latex", "_repr_json_": "json",
    "_repr_javascript_": "javascript",
}
mimes = {
    "text/plain": "text", "text/html": "html", "text/markdown": "markdown", "image/svg+xml": "svg",
    "image/png": "png", "image/jpeg": "jpeg", "application/pdf": "pdf", "text/latex": "latex",
    "application/json": "json", "application/javascript": "javascript",
}


def shown(value):
    text = repr(value)
    # Clients show a text as it is.
    result = {"text": text[1:-1] if isinstance(value, str) else text}
    for method, name in formats.items():
        make = None if inspect.isclass(value) else getattr(value, method, None)
        try:
            made = make() if callable(make) else None
        except Exception:
            made = None
        if isinstance(made, tuple):
            made = made[0]
        if made is not None:
            result[name] = base64.b64encode(made).decode() if isinstance(made, bytes) else made
    bundle = getattr(value, "_repr_mimebundle_", None)
    if callable(bundle) and not inspect.isclass(value):
        made = bundle() or {}
        made = made[0] if isinstance(made, tuple) else made
        result.update({mimes.get(mime, mime): each for mime, each in made.items()})
    if type(value).__name__ == "DataFrame" and hasattr(value, "to_dict"):
        result["data"] = json.loads(json.dumps(value.to_dict(orient="list"), default=str))
    return result


def flush():
    """What was written before is told before what comes next."""
    sys.stdout.flush()
    sys.stderr.flush()
    for each in captures:
        each.flush()


def display(*values, **_options):
    flush()
    for value in values:
        tell({"type": "result", "is_main_result": False, **shown(value)})


def show_figures():
    plots = sys.modules.get("matplotlib.pyplot")
    for number in plots.get_fignums() if plots else []:
        figure, data = plots.figure(number), io.BytesIO()
        figure.savefig(data, format="png", bbox_inches="tight")
        png = base64.b64encode(data.getvalue()).decode()
        tell({"type": "result", "is_main_result": False, "text": repr(figure), "png": png})
        plots.close(figure)


def patch_plots():
    plots = sys.modules.get("matplotlib.pyplot")
    if plots and plots.show is not show_now:
        plots.show = show_now


def show_now(*_args, **_options):
    show_figures()


def shell(command):
    sys.stdout.flush()
    subprocess.run(["/bin/bash", "-c", command])


def plain(code):
    """Without what only notebooks understand: lines for the shell, and magic words."""
    lines = []
    for line in textwrap.dedent(code).split("\n"):
        found = re.match(r"^(\s*)(?:!|%(?=pip\b|conda\b))(.*)$", line)
        if found:
            line = "%s__shell__(%r)" % (found.group(1), found.group(2).strip())
        elif re.match(r"^\s*%", line):
            line = re.match(r"^\s*", line).group(0) + "pass"
        lines.append(line)
    return "\n".join(lines)


names = {"__name__": "__main__", "__builtins__": __builtins__, "display": display, "__shell__": shell}
module = types.ModuleType("__main__")
module.__dict__.update(names)
names = module.__dict__
sys.modules["__main__"] = module
loop = asyncio.new_event_loop()
count = 0


def run(code, mode, name):
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled = compile(code, name, mode, flags)
    value = eval(compiled, names)
    return loop.run_until_complete(value) if inspect.iscoroutine(value) else value


def run_python(code):
    name = "<snippet %d>" % count
    code = plain(code)
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    is_shown = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    body = tree.body[:-1] if is_shown else tree.body
    for each in body:
        run(ast.Module([each], []), "exec", name)
        patch_plots()
    value = run(ast.Expression(last.value), "eval", name) if is_shown else None
    patch_plots()
    flush()
    show_figures()
    if value is not None:
        names["_"] = value
        tell({"type": "result", "is_main_result": True, **shown(value)})


class Shell:
    def __init__(self):
        self.done, done = os.pipe()
        os.set_inheritable(done, True)
        self.process = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, pass_fds=(done,),
            env={**os.environ, "BEDPLATE_DONE": str(done)}, start_new_session=True)
        os.close(done)

    def run(self, code, env):
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
            file.write(code)
            file.flush()
            saved = "".join("__old_%s=$%s; __had_%s=${"$"}{%s+x}; export %s=%s; " % (
                k, k, k, k, k, quoted(v)) for k, v in env.items())
            back = "".join("if [ -n \"$__had_%s\" ]; then export %s=$__old_%s; else unset %s; fi; " % (
                k, k, k, k) for k in env)
            line = "%s. %s </dev/null; __code=$?; %secho $__code >&$BEDPLATE_DONE\n" % (saved, file.name, back)
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
            try:
                data = os.read(self.done, 64)
            except KeyboardInterrupt:
                os.killpg(self.process.pid, signal.SIGKILL)
                raise
        if not data:
            raise RuntimeError("the shell has ended")


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


bash = None


def run_bash(code, env):
    global bash
    if bash is None or bash.process.poll() is not None:
        bash = Shell()
    try:
        bash.run(code, env)
    except BaseException:
        bash = None
        raise


def snippet(request):
    global count
    count += 1
    env = request.get("env") or {}
    before = {name: os.environ.get(name) for name in env}
    tell({"type": "number_of_executions", "execution_count": count})
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if is_bash:
            run_bash(request["code"], env)
        else:
            os.environ.update(env)
            run_python(request["code"])
    except BaseException as error:
        flush()
        tell(told_error(error))
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        flush()
        tell({"type": "end_of_execution"})


def told_error(error):
    frames = error.__traceback__
    while frames is not None and not frames.tb_frame.f_code.co_filename.startswith("<snippet"):
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    return {"type": "error", "name": type(error).__name__, "value": str(error), "traceback": text}


is_bash = sys.argv[1:] == ["bash"]
os.environ.setdefault("MPLBACKEND", "Agg")
sys.argv = [""]
sys.path.insert(0, "")
signal.signal(signal.SIGINT, signal.SIG_IGN)
tell({"type": "ready"})
for line in requests:
    snippet(json.loads(line))
`;
