package dev.espalier.protocol.wire;

import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The register of runs: what is asked of it, what it answers, and its journal. */
final class RegisterMessages {
    private RegisterMessages() {}

    static List<WireType<?>> types(WireActorRefs refs) {
        return Stream.of(commands(refs), answers(), events())
                .flatMap(List::stream)
                .toList();
    }

    private static List<WireType<?>> commands(WireActorRefs refs) {
        return List.of(
                new WireType<>(
                        "register-expect",
                        RegisterCommand.Expect.class,
                        m -> Wire.RegisterExpect.newBuilder()
                                .setRun(m.run())
                                .setDirectory(m.directory())
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.RegisterExpect m = Wire.RegisterExpect.parseFrom(bytes);
                            return new RegisterCommand.Expect(m.getRun(), m.getDirectory(), refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "register-look",
                        RegisterCommand.Look.class,
                        m -> Wire.RegisterLook.newBuilder().setRun(m.run()).build(),
                        bytes -> new RegisterCommand.Look(
                                Wire.RegisterLook.parseFrom(bytes).getRun())),
                new WireType<>(
                        "register-forget",
                        RegisterCommand.Forget.class,
                        m -> Wire.RegisterForget.newBuilder()
                                .setRun(m.run())
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.RegisterForget m = Wire.RegisterForget.parseFrom(bytes);
                            return new RegisterCommand.Forget(m.getRun(), refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "register-find",
                        RegisterCommand.Find.class,
                        m -> Wire.RegisterFind.newBuilder()
                                .setRun(m.run())
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.RegisterFind m = Wire.RegisterFind.parseFrom(bytes);
                            return new RegisterCommand.Find(m.getRun(), refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "register-list-runs",
                        RegisterCommand.ListRuns.class,
                        m -> Wire.RegisterListRuns.newBuilder()
                                .setAfter(m.after())
                                .setLimit(m.limit())
                                .setReplyTo(refs.write(m.replyTo()))
                                .build(),
                        bytes -> {
                            Wire.RegisterListRuns m = Wire.RegisterListRuns.parseFrom(bytes);
                            return new RegisterCommand.ListRuns(m.getAfter(), m.getLimit(), refs.read(m.getReplyTo()));
                        }));
    }

    private static List<WireType<?>> answers() {
        return List.of(
                new WireType<>(
                        "run-lookup",
                        RunLookup.class,
                        m -> {
                            Wire.RunLookup.Builder wire =
                                    Wire.RunLookup.newBuilder().addAllSimilar(m.similar());
                            m.run().map(RegisterMessages::write).ifPresent(wire::setRun);
                            return wire.build();
                        },
                        bytes -> {
                            Wire.RunLookup m = Wire.RunLookup.parseFrom(bytes);
                            return new RunLookup(
                                    m.hasRun() ? Optional.of(read(m.getRun())) : Optional.empty(),
                                    List.copyOf(m.getSimilarList()));
                        }),
                new WireType<>(
                        "run-list",
                        RunList.class,
                        m -> Wire.RunList.newBuilder()
                                .addAllRuns(m.runs().stream()
                                        .map(RegisterMessages::write)
                                        .toList())
                                .setMore(m.more())
                                .build(),
                        bytes -> {
                            Wire.RunList m = Wire.RunList.parseFrom(bytes);
                            return new RunList(
                                    m.getRunsList().stream()
                                            .map(RegisterMessages::read)
                                            .toList(),
                                    m.getMore());
                        }));
    }

    private static List<WireType<?>> events() {
        return List.of(
                new WireType<>(
                        "register-expected",
                        RegisterEvent.Expected.class,
                        e -> Wire.RegisterExpected.newBuilder()
                                .setRun(e.run())
                                .setDirectory(e.directory())
                                .setAt(e.at().toEpochMilli())
                                .build(),
                        bytes -> {
                            Wire.RegisterExpected e = Wire.RegisterExpected.parseFrom(bytes);
                            return new RegisterEvent.Expected(e.getRun(), e.getDirectory(), at(e.getAt()));
                        }),
                new WireType<>(
                        "register-seen",
                        RegisterEvent.Seen.class,
                        e -> Wire.RegisterSeen.newBuilder()
                                .setRun(e.run())
                                .setState(e.state())
                                .setStage(e.stage())
                                .setAt(e.at().toEpochMilli())
                                .build(),
                        bytes -> {
                            Wire.RegisterSeen e = Wire.RegisterSeen.parseFrom(bytes);
                            return new RegisterEvent.Seen(e.getRun(), e.getState(), e.getStage(), at(e.getAt()));
                        }),
                new WireType<>(
                        "register-forgotten",
                        RegisterEvent.Forgotten.class,
                        e -> Wire.RegisterForgotten.newBuilder()
                                .setRun(e.run())
                                .setAt(e.at().toEpochMilli())
                                .build(),
                        bytes -> {
                            Wire.RegisterForgotten e = Wire.RegisterForgotten.parseFrom(bytes);
                            return new RegisterEvent.Forgotten(e.getRun(), at(e.getAt()));
                        }));
    }

    private static Wire.RunEntry write(RunEntry entry) {
        Wire.RunEntry.Builder wire = Wire.RunEntry.newBuilder()
                .setRun(entry.run())
                .setDirectory(entry.directory())
                .setState(entry.state())
                .setStage(entry.stage())
                .setSubmitted(entry.submitted().toEpochMilli());
        entry.waiting().ifPresent(wire::setWaiting);
        return wire.build();
    }

    private static RunEntry read(Wire.RunEntry entry) {
        return new RunEntry(
                entry.getRun(),
                entry.getDirectory(),
                entry.getState(),
                entry.getStage(),
                at(entry.getSubmitted()),
                entry.hasWaiting() ? Optional.of(entry.getWaiting()) : Optional.empty());
    }

    private static Instant at(long millis) {
        return Instant.ofEpochMilli(millis);
    }
}
