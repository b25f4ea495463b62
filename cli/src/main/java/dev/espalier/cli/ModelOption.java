package dev.espalier.cli;

import dev.espalier.protocol.config.HubModels;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/** A model on the command line: its folder, or its name where the hub's cache has it. */
public final class ModelOption implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        return HubModels.here().located(Path.of(value));
    }
}
