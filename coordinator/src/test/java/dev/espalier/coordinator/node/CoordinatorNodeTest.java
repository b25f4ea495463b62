package dev.espalier.coordinator.node;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.journal.SqliteJournal;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.node.CoordinatorConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorNodeTest {
    @TempDir
    Path data;

    @Test
    void whoHasLeftHasLetGoOfTheJournal() throws Exception {
        CoordinatorConfig config = NodeConfigReader.coordinator(
                Optional.empty(), List.of("port=" + FreePort.find(), "http.port=0", "data=" + data));
        CoordinatorNode node = CoordinatorNode.start(config, TeachingMethod.STAGES, false, run -> new RunListener() {});
        node.leave().toCompletableFuture().get(1, TimeUnit.MINUTES);
        SqliteJournal journal = new SqliteJournal(data.resolve("journal"));
        assertThatCode(() -> journal.open(Optional.empty())).doesNotThrowAnyException();
        journal.close();
    }
}
