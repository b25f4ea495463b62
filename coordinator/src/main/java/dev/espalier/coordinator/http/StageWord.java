package dev.espalier.coordinator.http;

import dev.espalier.protocol.Stage;
import java.util.Optional;

/** Stages as people write them. */
final class StageWord {
    static final String ALL = String.join(", ", Stage.KINDS) + ", or of a later round such as prune-2";

    private StageWord() {}

    static Optional<Stage> parse(String word) {
        return Stage.of(word).filter(stage -> Stage.KINDS.contains(stage.kind()));
    }
}
