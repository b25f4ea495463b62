package dev.espalier.cli;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever ends a command into one clear message and an exit code; stack traces only go to logs. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** As Linux and macOS have it, and Java passes it on. */
    private static final String NO_FOLDER = "Not a directory";

    private final PrintWriter err;

    Failures(PrintWriter err) {
        this.err = err;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        err.println("espalier: " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("'" + line.getCommandSpec().qualifiedName() + " --help' tells how to use it.");
        return ExitCode.WRONG_INPUT;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine line, ParseResult arguments) throws Exception {
        if (e instanceof UserError) {
            err.println("espalier: " + e.getMessage());
            return ExitCode.WRONG_INPUT;
        }
        if (DiskFull.causes(e)) {
            err.println("espalier: " + DiskFull.MESSAGE);
            return ExitCode.WRONG_INPUT;
        }
        if (e instanceof AccessDeniedException denied) {
            err.println("espalier: " + denied.getFile()
                    + " is closed to this user: change its rights, or name another path");
            return ExitCode.WRONG_INPUT;
        }
        if (e instanceof FileAlreadyExistsException there && Files.isRegularFile(Path.of(there.getFile()))) {
            err.println("espalier: " + there.getFile() + " is a file, where a folder has to be: name another path");
            return ExitCode.WRONG_INPUT;
        }
        if (e instanceof FileSystemException fault && NO_FOLDER.equals(fault.getReason())) {
            err.println("espalier: something on the way to " + fault.getFile()
                    + " is a file, where a folder has to be: name another path");
            return ExitCode.WRONG_INPUT;
        }
        return unexpected(e);
    }

    /** @return the exit code */
    int unexpected(Throwable e) {
        String where = e instanceof LoggedException logged ? "details are in " + logged.log() : store(e);
        err.println("espalier: " + summary(e) + " (" + where + ")");
        return ExitCode.FAILED;
    }

    private static String summary(Throwable e) {
        if (e instanceof OutOfMemoryError) {
            return "out of memory: " + e.getMessage() + "; raise ESPALIER_HEAP (now "
                    + (Runtime.getRuntime().maxMemory() >> 20) + " MiB)";
        }
        if (e instanceof NoSuchFileException gone) {
            return gone.getFile() + " is not there";
        }
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.lines().findFirst().orElse(message);
    }

    private static String store(Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace, true));
        try {
            Path file = Files.createTempFile("espalier-", ".log");
            Files.writeString(file, trace.toString());
            return "details are in " + file;
        } catch (IOException unwritable) {
            return "details cannot be written: " + unwritable.getMessage();
        }
    }
}
