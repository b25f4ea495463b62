package dev.espalier.cli.remote;

import picocli.CommandLine.Command;

/** {@code espalier cancel}. */
@Command(
        name = "cancel",
        description = "End a run for good; what it left behind stays.",
        mixinStandardHelpOptions = true)
public final class CancelCommand extends PlainCommand {
    @Override
    String word() {
        return "cancel";
    }
}
