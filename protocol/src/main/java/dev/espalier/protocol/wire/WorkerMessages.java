package dev.espalier.protocol.wire;

import dev.espalier.protocol.Worker;
import java.util.List;
import java.util.Optional;

/** The protocol between coordinator and worker. */
final class WorkerMessages {
    private WorkerMessages() {}

    static List<WireType<?>> types(WireActorRefs refs) {
        return List.of(
                new WireType<>(
                        "worker-assign",
                        Worker.Assign.class,
                        m -> Wire.WorkerAssign.newBuilder()
                                .setAssignment(Works.write(m.assignment()))
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.WorkerAssign m = Wire.WorkerAssign.parseFrom(bytes);
                            return new Worker.Assign(Works.read(m.getAssignment()), refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "worker-cancel",
                        Worker.Cancel.class,
                        m -> Wire.WorkerCancel.newBuilder()
                                .setKey(Values.write(m.key()))
                                .build(),
                        bytes -> new Worker.Cancel(
                                Values.read(Wire.WorkerCancel.parseFrom(bytes).getKey()))),
                new WireType<>(
                        "worker-stepped",
                        Worker.Stepped.class,
                        m -> Wire.WorkerStepped.newBuilder()
                                .setKey(Values.write(m.key()))
                                .setMetrics(Values.write(m.metrics()))
                                .build(),
                        bytes -> {
                            Wire.WorkerStepped m = Wire.WorkerStepped.parseFrom(bytes);
                            return new Worker.Stepped(Values.read(m.getKey()), Values.read(m.getMetrics()));
                        }),
                new WireType<>(
                        "worker-progressed",
                        Worker.Progressed.class,
                        m -> Wire.WorkerProgressed.newBuilder()
                                .setKey(Values.write(m.key()))
                                .setDone(m.done())
                                .setTotal(m.total())
                                .setWhat(m.what())
                                .build(),
                        bytes -> {
                            Wire.WorkerProgressed m = Wire.WorkerProgressed.parseFrom(bytes);
                            return new Worker.Progressed(
                                    Values.read(m.getKey()), m.getDone(), m.getTotal(), m.getWhat());
                        }),
                new WireType<>(
                        "worker-done",
                        Worker.Done.class,
                        m -> Wire.WorkerDone.newBuilder()
                                .setResult(Works.write(m.result()))
                                .setModel(m.model())
                                .build(),
                        bytes -> {
                            Wire.WorkerDone m = Wire.WorkerDone.parseFrom(bytes);
                            return new Worker.Done(Works.read(m.getResult()), m.getModel());
                        }),
                new WireType<>(
                        "worker-returned",
                        Worker.Returned.class,
                        m -> Wire.WorkerReturned.newBuilder()
                                .setKey(Values.write(m.key()))
                                .setCause(m.cause())
                                .build(),
                        bytes -> {
                            Wire.WorkerReturned m = Wire.WorkerReturned.parseFrom(bytes);
                            return new Worker.Returned(Values.read(m.getKey()), m.getCause());
                        }),
                new WireType<>(
                        "worker-engage",
                        Worker.Engage.class,
                        m -> Wire.WorkerEngage.newBuilder()
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> new Worker.Engage(
                                refs.read(Wire.WorkerEngage.parseFrom(bytes).getReplyTo()))),
                new WireType<>(
                        "worker-leave", Worker.Leave.class, m -> Wire.WorkerLeave.getDefaultInstance(), bytes -> {
                            Wire.WorkerLeave.parseFrom(bytes);
                            return new Worker.Leave();
                        }),
                present(refs),
                new WireType<>(
                        "worker-failed",
                        Worker.Failed.class,
                        m -> Wire.WorkerFailed.newBuilder()
                                .setKey(Values.write(m.key()))
                                .setCause(m.cause())
                                .setPermanent(m.permanent())
                                .build(),
                        bytes -> {
                            Wire.WorkerFailed m = Wire.WorkerFailed.parseFrom(bytes);
                            return new Worker.Failed(Values.read(m.getKey()), m.getCause(), m.getPermanent());
                        }));
    }

    private static WireType<Worker.Present> present(WireActorRefs refs) {
        return new WireType<>(
                "worker-present",
                Worker.Present.class,
                m -> {
                    Wire.WorkerPresent.Builder wire = Wire.WorkerPresent.newBuilder()
                            .setName(m.name())
                            .setWorker(refs.write(m.worker()))
                            .setCapabilities(Values.write(m.capabilities()))
                            .setLeaving(m.leaving());
                    m.working().map(Values::write).ifPresent(wire::setWorking);
                    return wire.build();
                },
                bytes -> {
                    Wire.WorkerPresent m = Wire.WorkerPresent.parseFrom(bytes);
                    return new Worker.Present(
                            m.getName(),
                            refs.read(m.getWorker()),
                            Values.read(m.getCapabilities()),
                            m.hasWorking() ? Optional.of(Values.read(m.getWorking())) : Optional.empty(),
                            m.getLeaving());
                });
    }
}
