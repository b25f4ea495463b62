package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers chosen by losses that several workers measure, while a worker is killed and the coordinator starts anew. */
@Tag("endurance")
class LayersClusterTest {
    private static final String[] SETTINGS = {
        "stages=[calibrate,prune,export]",
        "prune.method=layers",
        "prune.layers.count=2",
        "prune.layers.keep=[]",
        "prune.layers.tokens=12288",
        "calibrate.tokens=12288"
    };

    @TempDir
    Path folder;

    private TinyCluster cluster;

    @BeforeEach
    void prepare() throws IOException {
        cluster = new TinyCluster(folder, "layers-cluster-test");
        lengthen(cluster.tiny());
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void whoMeasuresALossDoesNotMatterNorWhoIsLost() throws Exception {
        cluster.startCoordinator();
        NodeProcessHandle first = cluster.startWorker("first");
        cluster.startWorker("second");
        Eventually.holds(TinyCluster.LONG, () -> cluster.workers() == 2);
        cluster.submit(SETTINGS);
        Eventually.holds(TinyCluster.LONG, () -> prune("state").equals("RUNNING"));
        first.kill();
        cluster.stopCoordinator();
        cluster.startCoordinator();
        NodeProcessHandle third = cluster.startWorker("third");
        Eventually.holds(TinyCluster.LONG, () -> third.readiness().equals(Optional.of(200)));
        cluster.awaitState("COMPLETED");

        TinyRun alone = TinyRun.in(Files.createDirectory(folder.resolve("alone")));
        lengthen(alone);
        Cli command = alone.prune(SETTINGS);
        assertThat(command.code()).as(command.err()).isZero();
        for (String file : new String[] {"stages/prune/kept.json", "export/hf/model.safetensors"}) {
            assertThat(cluster.tiny().out().resolve(file))
                    .as(file)
                    .hasBinaryContent(Files.readAllBytes(alone.out().resolve(file)));
        }
    }

    private String prune(String key) throws IOException {
        return cluster.manifest().at("/stages/1/" + key).asText();
    }

    /** So that there is time for a kill while losses are measured. */
    private static void lengthen(TinyRun run) throws IOException {
        Path text = run.folder().resolve("text.txt");
        Files.writeString(text, Files.readString(text).repeat(10));
    }
}
