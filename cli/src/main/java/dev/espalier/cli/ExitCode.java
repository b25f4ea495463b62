package dev.espalier.cli;

/** What scripts may rely on. */
final class ExitCode {
    static final int DONE = 0;

    /** The run failed, though nothing is known to be wrong with the input. */
    static final int FAILED = 1;

    /** The user's input is wrong; the message says what, where, and what to do. */
    static final int WRONG_INPUT = 2;

    private ExitCode() {}
}
