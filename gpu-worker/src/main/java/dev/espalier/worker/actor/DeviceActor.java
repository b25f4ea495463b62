package dev.espalier.worker.actor;

import dev.espalier.monitoring.logs.LoggedRun;
import dev.espalier.monitoring.meters.DeviceMeters.End;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.work.Instruments;
import dev.espalier.worker.work.Repertoire;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.WorkExecutor;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The one thread that owns a device's tensors, as an actor on a pinned dispatcher. It computes while it handles a
 * message, on purpose: nothing else may run on its thread.
 */
final class DeviceActor {
    /**
     * @param cancelled set from outside to stop the work after its step in flight
     * @param replyTo hears reports and the end
     */
    record Execute(Assignment assignment, AtomicBoolean cancelled, ActorRef<Worker.Report> replyTo)
            implements NoSerializationVerificationNeeded {}

    private final ActorContext<Execute> context;
    private final Instruments instruments;
    private final WorkExecutor executor;

    private DeviceActor(
            ActorContext<Execute> context, Repertoire repertoire, RunFiles.Opener files, Instruments instruments) {
        this.context = context;
        this.instruments = instruments;
        executor = new WorkExecutor(repertoire, files, instruments);
    }

    static Behavior<Execute> create(Repertoire repertoire, RunFiles.Opener files, Meters meters) {
        return Behaviors.setup(context -> new DeviceActor(context, repertoire, files, Instruments.of(meters)).ready());
    }

    private Behavior<Execute> ready() {
        return Behaviors.receive(Execute.class)
                .onMessage(Execute.class, this::execute)
                .onSignal(PostStop.class, signal -> {
                    executor.close();
                    return Behaviors.same();
                })
                .build();
    }

    private Behavior<Execute> execute(Execute order) {
        LoggedRun.during(order.assignment().key().run(), () -> compute(order));
        return Behaviors.same();
    }

    private void compute(Execute order) {
        AssignmentKey key = order.assignment().key();
        long start = System.nanoTime();
        End end = End.FAILED;
        instruments.device().begin();
        try {
            Reporting reporter = new Reporting(key, order.cancelled(), order.replyTo());
            reporter.checkCancelled();
            WorkResult result = executor.execute(order.assignment(), reporter);
            end = End.DONE;
            order.replyTo().tell(new Worker.Done(result, executor.model()));
        } catch (Reporter.Cancelled e) {
            end = End.CANCELLED;
            order.replyTo().tell(new Worker.Returned(key, e.getMessage()));
        } catch (UserError | LogitsCheck.Mismatch e) {
            context.getLog().info("assignment {} cannot be done: {}", key, e.getMessage());
            order.replyTo().tell(new Worker.Failed(key, e.getMessage(), true));
        } catch (OutOfMemoryError e) {
            // Of the Java heap, which nothing shares with the tensors: this attempt's arrays are garbage now. Let
            // through, it would end this process, and after it every other that tries.
            context.getLog().error("assignment {} failed", key, e);
            order.replyTo().tell(new Worker.Failed(key, outOfHeap(e), true));
        } catch (Exception e) {
            context.getLog().error("assignment {} failed", key, e);
            order.replyTo().tell(new Worker.Failed(key, cause(e), false));
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            instruments.device().end(key.run(), key.stage().word(), end, took);
        }
    }

    private static String outOfHeap(OutOfMemoryError e) {
        return "out of memory: " + e.getMessage() + "; raise ESPALIER_HEAP for the worker (now "
                + (Runtime.getRuntime().maxMemory() >> 20) + " MiB)";
    }

    private static String cause(Exception e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return message.length() > 2000 ? message.substring(0, 2000) : message;
    }

    private record Reporting(AssignmentKey key, AtomicBoolean cancelled, ActorRef<Worker.Report> replyTo)
            implements Reporter {
        @Override
        public void stepped(StepMetrics metrics) {
            replyTo.tell(new Worker.Stepped(key, metrics));
            checkCancelled();
        }

        @Override
        public void progressed(long done, long total, String what) {
            replyTo.tell(new Worker.Progressed(key, done, total, what));
            checkCancelled();
        }

        void checkCancelled() {
            if (cancelled.get()) {
                throw new Cancelled();
            }
        }
    }
}
