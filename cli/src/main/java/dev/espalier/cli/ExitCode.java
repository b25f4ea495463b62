package dev.espalier.cli;

/** What scripts may rely on. */
public final class ExitCode {
    public static final int DONE = 0;

    /** The run failed, though nothing is known to be wrong with the input. */
    public static final int FAILED = 1;

    /** The user's input is wrong; the message says what, where, and what to do. */
    public static final int WRONG_INPUT = 2;

    private ExitCode() {}
}
