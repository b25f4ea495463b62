package dev.espalier.coordinator;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.journal.H2Journal;
import dev.espalier.coordinator.journal.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;

/**
 * A cluster of one node inside this process, with its journal in a run folder: {@code espalier prune} runs through the
 * same actors as a cluster of machines.
 */
public final class LocalCluster implements AutoCloseable {
    private static final long STOP_SECONDS = 30;

    private final ActorSystem<Void> system;

    private LocalCluster(ActorSystem<Void> system) {
        this.system = system;
    }

    /**
     * Starts the node and joins it to itself.
     *
     * @param directory the run folder; the journal is its {@code journal/}
     * @throws IOException if the journal cannot be opened
     */
    public static LocalCluster start(Path directory) throws IOException {
        H2Journal journal = new H2Journal(directory.resolve("journal"));
        journal.createSchema();
        return start(journal);
    }

    /** As {@link #start(Path)}, on a journal that has its tables. */
    public static LocalCluster start(Journal journal) {
        Config base = ConfigFactory.load();
        Config config = journal.config()
                .withFallback(base.getConfig("espalier.local-cluster"))
                .withFallback(base.getConfig("espalier.runs"))
                .withFallback(base);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "espalier", config);
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        return new LocalCluster(system);
    }

    public ActorSystem<Void> system() {
        return system;
    }

    /** Stops all actors and closes the journal. */
    @Override
    public void close() {
        system.terminate();
        try {
            system.getWhenTerminated().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            throw new CompletionException("the actor system did not stop", e);
        }
    }
}
