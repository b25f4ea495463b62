package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A stage's word on the command line. */
public final class StageOption implements ITypeConverter<Stage> {
    @Override
    public Stage convert(String word) {
        return Arrays.stream(Stage.values())
                .filter(stage -> stage.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + word + "' is no stage: give one of "
                        + Arrays.stream(Stage.values()).map(Stage::word).collect(Collectors.joining(", "))));
    }
}
