package dev.espalier.cli.remote;

import picocli.CommandLine.Command;

/** {@code espalier skip}. */
@Command(name = "skip", description = "Leave out the stage that failed or is paused.", mixinStandardHelpOptions = true)
public final class SkipCommand extends PlainCommand {
    @Override
    String word() {
        return "skip";
    }
}
