package dev.espalier.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What configures a node on the command line. */
final class NodeOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "The node's configuration (HOCON).")
    private Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Beats the file, as in --set port=7801; may be given several times.")
    private List<String> overrides = new ArrayList<>();

    Optional<Path> file() {
        return Optional.ofNullable(config);
    }

    List<String> overrides() {
        return List.copyOf(overrides);
    }
}
