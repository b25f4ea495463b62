package dev.espalier.coordinator.folder;

import dev.espalier.monitoring.logs.LoggedRun;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Extension;
import org.apache.pekko.actor.typed.ExtensionId;

/**
 * The threads of an actor system that may block, for work on files that is not an actor's. The system's end waits for no
 * such work, and a process that ends could cut a file in two, or write beside the one that comes after it: so the
 * coordinated shutdown waits for what is under way here, for as long as its phase may take, and so does
 * a local run. Work for a run names it in the log.
 */
public final class DiskWork implements Executor, Extension {
    private static final ExtensionId<DiskWork> ID = new Id();

    private final Executor threads;

    // Guarded by this.
    private int underWay;
    private CompletableFuture<Done> over = CompletableFuture.completedFuture(Done.getInstance());

    private DiskWork(ActorSystem<?> system) {
        threads = system.dispatchers().lookup(DispatcherSelector.blocking());
        CoordinatedShutdown.get(system)
                .addTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "disk-work", this::whenOver);
    }

    public static DiskWork of(ActorSystem<?> system) {
        return system.registerExtension(ID);
    }

    @Override
    public void execute(Runnable work) {
        begin();
        boolean accepted = false;
        try {
            threads.execute(LoggedRun.inherited(() -> {
                try {
                    work.run();
                } finally {
                    end();
                }
            }));
            accepted = true;
        } finally {
            if (!accepted) {
                end();
            }
        }
    }

    /** Completed when all that has been given to {@link #execute} is done, with what that gives to it in turn. */
    public synchronized CompletionStage<Done> whenOver() {
        return over;
    }

    private synchronized void begin() {
        if (underWay++ == 0) {
            over = new CompletableFuture<>();
        }
    }

    private void end() {
        CompletableFuture<Done> ended;
        synchronized (this) {
            if (--underWay > 0) {
                return;
            }
            ended = over;
        }
        ended.complete(Done.getInstance());
    }

    private static final class Id extends ExtensionId<DiskWork> {
        @Override
        public DiskWork createExtension(ActorSystem<?> system) {
            return new DiskWork(system);
        }
    }
}
