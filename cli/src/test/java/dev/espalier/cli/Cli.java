package dev.espalier.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** What a command printed, and its exit code. */
public record Cli(int code, String out, String err) {

    /** Runs the real main, but for the end of the process. */
    public static Cli run(Object... arguments) {
        return run(new StringWriter(), arguments);
    }

    /** @param err what it prints there, as soon as it is printed */
    public static Cli run(StringWriter err, Object... arguments) {
        StringWriter out = new StringWriter();
        String[] words = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
        int code = Espalier.execute(new PrintWriter(out), new PrintWriter(err), words);
        return new Cli(code, out.toString(), err.toString());
    }
}
