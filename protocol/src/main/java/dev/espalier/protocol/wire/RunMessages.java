package dev.espalier.protocol.wire;

import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunStatus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.pattern.StatusReply;

/** What is asked of a run, and its answer. */
final class RunMessages {
    private RunMessages() {}

    static List<WireType<?>> types(WireActorRefs refs) {
        return List.of(
                new WireType<>(
                        "run-submit",
                        RunCommand.Submit.class,
                        m -> {
                            Wire.RunSubmit.Builder submit = Wire.RunSubmit.newBuilder()
                                    .setRun(m.run())
                                    .setDirectory(m.directory())
                                    .setConfig(m.config())
                                    .setReplyTo(refs.write(m.replyTo()));
                            m.again().ifPresent(again -> submit.setAgain(Stages.number(again))
                                    .setAgainWord(Stages.word(again)));
                            return submit.build();
                        },
                        bytes -> {
                            Wire.RunSubmit m = Wire.RunSubmit.parseFrom(bytes);
                            return new RunCommand.Submit(
                                    m.getRun(),
                                    m.getDirectory(),
                                    m.getConfig(),
                                    m.hasAgain()
                                            ? Optional.of(Stages.read(m.getAgain(), m.getAgainWord()))
                                            : Optional.empty(),
                                    refs.read(m.getReplyTo()));
                        }),
                new WireType<>(
                        "run-retry",
                        RunCommand.Retry.class,
                        m -> {
                            Wire.RunRetry.Builder retry = Wire.RunRetry.newBuilder()
                                    .setStage(Stages.number(m.stage()))
                                    .setStageWord(Stages.word(m.stage()))
                                    .setReplyTo(refs.write(m.replyTo()));
                            m.from().ifPresent(retry::setFrom);
                            return retry.build();
                        },
                        bytes -> {
                            Wire.RunRetry m = Wire.RunRetry.parseFrom(bytes);
                            return new RunCommand.Retry(
                                    Stages.read(m.getStage(), m.getStageWord()),
                                    m.hasFrom() ? OptionalInt.of(m.getFrom()) : OptionalInt.empty(),
                                    refs.read(m.getReplyTo()));
                        }),
                plain(refs, "run-resume", RunCommand.Resume.class, RunCommand.Resume::new),
                plain(refs, "run-pause", RunCommand.Pause.class, RunCommand.Pause::new),
                plain(refs, "run-cancel", RunCommand.Cancel.class, RunCommand.Cancel::new),
                plain(refs, "run-skip", RunCommand.Skip.class, RunCommand.Skip::new),
                plain(refs, "run-remove", RunCommand.Remove.class, RunCommand.Remove::new),
                plain(refs, "run-get-status", RunCommand.GetStatus.class, RunCommand.GetStatus::new),
                new WireType<>(
                        "run-status",
                        RunStatus.class,
                        m -> Wire.RunStatus.newBuilder()
                                .setRun(m.run())
                                .setState(m.state())
                                .setManifest(m.manifest())
                                .build(),
                        bytes -> {
                            Wire.RunStatus m = Wire.RunStatus.parseFrom(bytes);
                            return new RunStatus(m.getRun(), m.getState(), m.getManifest());
                        }));
    }

    private static <T extends RunCommand> WireType<T> plain(
            WireActorRefs refs,
            String manifest,
            Class<T> type,
            Function<ActorRef<StatusReply<RunStatus>>, T> constructor) {
        return new WireType<>(
                manifest,
                type,
                m -> Wire.RunPlainCommand.newBuilder()
                        .setReplyTo(refs.write(m.replyTo()))
                        .build(),
                bytes -> constructor.apply(
                        refs.read(Wire.RunPlainCommand.parseFrom(bytes).getReplyTo())));
    }
}
