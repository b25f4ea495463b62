package dev.espalier.cli.remote;

import picocli.CommandLine.Command;

/** {@code espalier resume}. */
@Command(
        name = "resume",
        description = "Go on after a pause or with the stage that failed, or make again what a finished run lacks.",
        mixinStandardHelpOptions = true)
public final class ResumeCommand extends PlainCommand {
    @Override
    String word() {
        return "resume";
    }
}
