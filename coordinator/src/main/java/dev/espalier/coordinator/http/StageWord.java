package dev.espalier.coordinator.http;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.MethodCatalogue;
import java.util.Optional;

/** Stages as people write them. */
final class StageWord {
    static final String ALL =
            String.join(", ", MethodCatalogue.installedStages()) + ", or of a later round such as prune-2";

    private StageWord() {}

    static Optional<Stage> parse(String word) {
        return Stage.of(word).filter(stage -> MethodCatalogue.installedStages().contains(stage.kind()));
    }
}
