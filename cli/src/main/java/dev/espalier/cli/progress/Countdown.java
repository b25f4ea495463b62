package dev.espalier.cli.progress;

/** Progress of a command that counts things. */
public final class Countdown implements AutoCloseable {
    private final Console console;
    private final String name;

    public Countdown(Console console, String name) {
        this.console = console;
        this.name = name;
    }

    /** {@code done} of {@code total} of what {@code what} says. */
    public void at(long done, long total, String what) {
        console.show(Bar.of(console.live(), name, done, total) + " " + what);
    }

    @Override
    public void close() {
        console.clear();
    }
}
