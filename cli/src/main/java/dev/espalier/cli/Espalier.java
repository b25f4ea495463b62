package dev.espalier.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code espalier} command. */
@Command(
        name = "espalier",
        description = "Prunes LLaMA-family language models, and says what it cost.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "'espalier COMMAND --help' tells the options of a command."})
public final class Espalier {
    private Espalier() {}

    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(execute(out, err, arguments));
    }

    /** The command with all its own. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Espalier());
        CommandGroup.addAll(line);
        return line;
    }

    /**
     * Runs one command.
     *
     * @param out for results
     * @param err for everything else
     * @return the exit code, one of {@link ExitCode}
     */
    public static int execute(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine line = commandLine();
        // only reaches the commands that are there already
        line.setOut(out).setErr(err);
        Failures failures = new Failures(err);
        line.setParameterExceptionHandler(failures);
        line.setExecutionExceptionHandler(failures);
        try {
            return line.execute(arguments);
        } catch (Error e) {
            // picocli only handles exceptions; out of memory or a missing native library shall end in a sentence, too
            return failures.unexpected(e);
        } finally {
            out.flush();
            err.flush();
        }
    }
}
