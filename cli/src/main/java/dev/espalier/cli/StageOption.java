package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.MethodCatalogue;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A stage's word on the command line. */
public final class StageOption implements ITypeConverter<Stage> {
    @Override
    public Stage convert(String word) {
        return Stage.of(word)
                .filter(stage -> MethodCatalogue.installedStages().contains(stage.kind()))
                .orElseThrow(() -> new TypeConversionException("'" + word + "' is no stage: give one of "
                        + String.join(", ", MethodCatalogue.installedStages())
                        + ", or one of a later round, such as prune-2"));
    }
}
