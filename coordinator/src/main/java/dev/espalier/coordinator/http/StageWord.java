package dev.espalier.coordinator.http;

import dev.espalier.protocol.Stage;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Stages as people write them. */
final class StageWord {
    static final String ALL = Arrays.stream(Stage.values()).map(Stage::word).collect(Collectors.joining(", "));

    private StageWord() {}

    static Optional<Stage> parse(String word) {
        return Arrays.stream(Stage.values())
                .filter(stage -> stage.word().equals(word))
                .findFirst();
    }
}
