package dev.espalier.cli;

import java.nio.file.Path;

/** A failure whose stack trace is in a run's log already. */
public final class LoggedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path log;

    LoggedException(Throwable cause, Path log) {
        super(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), cause);
        this.log = log;
    }

    public Path log() {
        return log;
    }
}
