package dev.espalier.coordinator.local;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.journal.Journal;
import dev.espalier.coordinator.journal.SqliteJournal;
import dev.espalier.protocol.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cluster of one node inside this process, with its journal in a run folder: {@code espalier prune} runs through the
 * same actors as a cluster of machines.
 */
public final class LocalCluster implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCluster.class);
    private static final long STOP_SECONDS = 30;

    private final ActorSystem<Void> system;
    private final DiskWork disk;
    private final Journal journal;

    private LocalCluster(ActorSystem<Void> system, Journal journal) {
        this.system = system;
        disk = DiskWork.of(system);
        this.journal = journal;
    }

    /**
     * Starts the node and joins it to itself.
     *
     * @param directory the run folder; the journal is its {@code journal/}
     * @throws dev.espalier.protocol.UserError if the journal has lost something, or somebody else uses it
     * @throws IOException if it cannot be opened
     */
    public static LocalCluster start(Path directory) throws IOException {
        Journal journal = new SqliteJournal(directory.resolve("journal"));
        journal.open(Optional.of(directory.resolve(RunLayout.MANIFEST)).filter(Files::exists));
        return start(journal);
    }

    /** As {@link #start(Path)}, on a journal that is open; it is closed with the cluster. */
    public static LocalCluster start(Journal journal) {
        Config base = ConfigFactory.load();
        Config config = journal.config()
                .withFallback(base.getConfig("espalier.local-cluster"))
                .withFallback(base.getConfig("espalier.runs"))
                .withFallback(base);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "espalier", config);
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        return new LocalCluster(system, journal);
    }

    public ActorSystem<Void> system() {
        return system;
    }

    /**
     * Stops all actors, waits for what they have begun to do on the disk, and closes the journal. What takes too long, as a
     * step of a large model, ends with the process, and until then nobody else may have the folder.
     */
    @Override
    public void close() {
        system.terminate();
        try {
            system.getWhenTerminated()
                    .thenCompose(terminated -> disk.whenOver())
                    .toCompletableFuture()
                    .get(STOP_SECONDS, TimeUnit.SECONDS);
            journal.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOG.warn("what was under way has not ended within {} s: it is left to end with the process", STOP_SECONDS);
        } catch (ExecutionException e) {
            throw new CompletionException("the actor system, or its work on the disk, failed to end", e);
        } catch (IOException e) {
            throw new UncheckedIOException(journal + " cannot be closed", e);
        }
    }
}
