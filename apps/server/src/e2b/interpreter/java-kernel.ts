/**
 * The program that runs snippets of Java, on the JDK of the machine: the same requests, messages and
 * signal as the one for Python. Variables of the machine and of a snippet are system properties as well,
 * because the variables of a running Java machine cannot be changed.
 */
export const javaKernel: string = String.raw`
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import jdk.jshell.*;

public class Kernel {
    static final PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    static synchronized void tell(String type, Object... members) {
        StringBuilder text = new StringBuilder("{\"type\":").append(quoted(type));
        for (int at = 0; at < members.length; at += 2) {
            Object value = members[at + 1];
            text.append(',').append(quoted((String) members[at])).append(':');
            text.append(value instanceof String ? quoted((String) value) : String.valueOf(value));
        }
        out.println(text.append('}'));
    }

    static String quoted(String text) {
        StringBuilder said = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each == '"' || each == '\\') said.append('\\').append(each);
            else if (each < ' ' || Character.isSurrogate(each)) said.append(String.format("\\u%04x", (int) each));
            else said.append(each);
        }
        return said.append('"').toString();
    }

    /** Tells what is written to it, when it is flushed. */
    static PrintStream telling(String kind) {
        return new PrintStream(new ByteArrayOutputStream() {
            @Override public void flush() {
                String text = toString(StandardCharsets.UTF_8);
                reset();
                if (!text.isEmpty()) tell(kind, "text", text, "timestamp", System.currentTimeMillis() * 1000000L);
            }
        }, true, StandardCharsets.UTF_8);
    }

    /** Reads one request: an object of texts, and of objects of texts. */
    static final class Request {
        final String text;
        int at;

        Request(String text) { this.text = text; }

        Map<String, Object> object() {
            Map<String, Object> members = new LinkedHashMap<>();
            take('{');
            while (peek() != '}') {
                String name = string();
                take(':');
                members.put(name, peek() == '{' ? object() : string());
                if (peek() == ',') at++;
            }
            take('}');
            return members;
        }

        String string() {
            take('"');
            StringBuilder said = new StringBuilder();
            for (char each = text.charAt(at++); each != '"'; each = text.charAt(at++)) {
                if (each != '\\') { said.append(each); continue; }
                char next = text.charAt(at++);
                int known = "bfnrt".indexOf(next);
                if (next == 'u') {
                    said.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else said.append(known < 0 ? next : "\b\f\n\r\t".charAt(known));
            }
            return said.toString();
        }

        char peek() {
            while (Character.isWhitespace(text.charAt(at))) at++;
            return text.charAt(at);
        }

        void take(char wanted) {
            if (peek() != wanted) throw new IllegalArgumentException("no request");
            at++;
        }
    }

    static JShell shell;
    static int count;

    static void run(String code) {
        String rest = code;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo info = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            String source = info.source() == null ? rest : info.source();
            rest = info.source() == null ? "" : info.remaining();
            for (SnippetEvent event : shell.eval(source)) {
                if (event.causeSnippet() != null) continue;
                if (!told(event)) return;
                boolean isShown = event.snippet().kind() == Snippet.Kind.EXPRESSION
                    || event.snippet().subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
                if (isShown && rest.isBlank() && event.value() != null) {
                    tell("result", "is_main_result", true, "text", plain(event.value()));
                }
            }
        }
    }

    /** Texts come in quotes. */
    static String plain(String value) {
        boolean isText = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return isText ? value.substring(1, value.length() - 1) : value;
    }

    /** Tells of what went wrong; true where nothing did. */
    static boolean told(SnippetEvent event) {
        if (event.status() == Snippet.Status.REJECTED) {
            StringJoiner said = new StringJoiner("\n");
            shell.diagnostics(event.snippet()).forEach(each -> said.add(each.getMessage(Locale.ENGLISH)));
            tell("error", "name", "CompilationError", "value", said.toString(), "traceback", said.toString());
            return false;
        }
        if (event.exception() == null) return true;
        JShellException thrown = event.exception();
        String name = thrown instanceof EvalException ? ((EvalException) thrown).getExceptionClassName() : "Error";
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        String value = thrown.getMessage() == null ? "" : thrown.getMessage();
        tell("error", "name", name, "value", value, "traceback", trace.toString());
        return false;
    }

    @SuppressWarnings("unchecked")
    static void answer(String line) {
        Map<String, Object> request = new Request(line).object();
        Map<String, Object> env = (Map<String, Object>) request.getOrDefault("env", Map.of());
        Map<String, String> before = new HashMap<>();
        tell("number_of_executions", "execution_count", ++count);
        try {
            env.forEach((name, value) -> {
                before.put(name, System.getProperty(name));
                System.setProperty(name, (String) value);
            });
            run((String) request.get("code"));
        } finally {
            before.forEach((name, value) -> {
                if (value == null) System.clearProperty(name);
                else System.setProperty(name, value);
            });
            System.out.flush();
            System.err.flush();
            tell("end_of_execution");
        }
    }

    public static void main(String[] words) throws Exception {
        System.getenv().forEach(System::setProperty);
        System.setOut(telling("stdout"));
        System.setErr(telling("stderr"));
        shell = JShell.builder().executionEngine("local").out(System.out).err(System.err).build();
        for (String each : "io math net nio.file util util.concurrent util.function util.regex util.stream".split(" ")) {
            shell.eval("import java." + each + ".*;");
        }
        sun.misc.Signal.handle(new sun.misc.Signal("INT"), signal -> shell.stop());
        tell("ready");
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) answer(line);
        System.exit(0);
    }
}
`;
