package dev.espalier.cli.remote;

import picocli.CommandLine.Command;

/** {@code espalier pause}. */
@Command(name = "pause", description = "Stop handing out work; resume goes on.", mixinStandardHelpOptions = true)
public final class PauseCommand extends PlainCommand {
    @Override
    String word() {
        return "pause";
    }
}
