package dev.espalier.protocol.wire;

import dev.espalier.protocol.Worker;
import java.util.List;

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
                                .build(),
                        bytes -> new Worker.Done(
                                Works.read(Wire.WorkerDone.parseFrom(bytes).getResult()))),
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
}
