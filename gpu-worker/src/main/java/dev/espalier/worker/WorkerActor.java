package dev.espalier.worker;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Worker;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A worker: hands its assignments to the {@link DeviceActor}, which does one at a time. It stays on an ordinary
 * dispatcher, so that a cancellation reaches work in flight while the device computes. If the device's actor dies, so
 * does the worker, for its tensors can no longer be trusted.
 */
public final class WorkerActor {
    private static final String DEVICE_DISPATCHER = "espalier.worker.device-dispatcher";
    private static final int REMEMBERED = 16;

    private final ActorRef<DeviceActor.Execute> device;
    private final Map<AssignmentKey, AtomicBoolean> cancellations = new LinkedHashMap<>();

    private WorkerActor(ActorRef<DeviceActor.Execute> device) {
        this.device = device;
    }

    /** @param meters what it measures of itself */
    public static Behavior<Worker.Command> create(Meters meters) {
        return Behaviors.setup(context -> {
            ActorRef<DeviceActor.Execute> device = context.spawn(
                    DeviceActor.create(meters), "device", DispatcherSelector.fromConfig(DEVICE_DISPATCHER));
            context.watch(device);
            return new WorkerActor(device).working();
        });
    }

    private Behavior<Worker.Command> working() {
        return Behaviors.receive(Worker.Command.class)
                .onMessage(Worker.Assign.class, this::assign)
                .onMessage(Worker.Cancel.class, this::cancel)
                .build();
    }

    private Behavior<Worker.Command> assign(Worker.Assign assign) {
        AtomicBoolean cancelled = new AtomicBoolean();
        cancellations.put(assign.assignment().key(), cancelled);
        if (cancellations.size() > REMEMBERED) {
            cancellations.remove(cancellations.keySet().iterator().next());
        }
        device.tell(new DeviceActor.Execute(assign.assignment(), cancelled, assign.replyTo()));
        return Behaviors.same();
    }

    private Behavior<Worker.Command> cancel(Worker.Cancel cancel) {
        AtomicBoolean cancelled = cancellations.remove(cancel.key());
        if (cancelled != null) {
            cancelled.set(true);
        }
        return Behaviors.same();
    }
}
