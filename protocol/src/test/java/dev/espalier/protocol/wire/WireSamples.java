package dev.espalier.protocol.wire;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.FeedCommand;
import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.NewsBatch;
import dev.espalier.protocol.NewsId;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RegisterCommand;
import dev.espalier.protocol.RegisterEvent;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunList;
import dev.espalier.protocol.RunLookup;
import dev.espalier.protocol.RunNews;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.WireMessage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.data.Cursor;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.pekko.actor.typed.ActorRef;

/** One or more samples of every message, by the name of the file that holds its golden bytes. */
final class WireSamples {
    private static final BlobRef BLOB = new BlobRef("ab".repeat(32), 123_456_789_012L);
    private static final BlobRef OTHER = new BlobRef("0f".repeat(32), 7);
    private static final AssignmentKey KEY = new AssignmentKey("smol-20", Stage.PRUNE, 17, 2);
    private static final Instant AT = Instant.ofEpochMilli(1_795_000_000_123L);
    private static final WorkResult RESULT = new WorkResult(
            KEY,
            Optional.of(BLOB),
            0.125,
            List.of(new Artefact("stages/prune/model/config.json", "12".repeat(32), 501)),
            "{\"parameters\":{\"before\":10}}");
    private static final StepMetrics METRICS = StepMetrics.of(Stage.RECOVER, 41, 512, 0.75)
            .taughtBy("17")
            .with("loss", 2.5)
            .with("sparsity.expected", 0.199)
            .with("entropy.ffn", Double.NaN)
            .with("learning-rate", 1e-4);

    private static final Work SCORES = Work.once(Work.Kind.BUILD, "scores", Work.Reads.NOTHING, Optional.empty());

    private static final Cursor DATA = new Cursor(List.of(170L, 5_000_000_000L), List.of(1.0, 0.25), 212);

    private WireSamples() {}

    static Map<String, WireMessage> all(ActorRef<Object> ref) {
        Map<String, WireMessage> samples = new LinkedHashMap<>();
        work().forEach((name, work) -> samples.put(
                "worker-assign." + name,
                new Worker.Assign(Assignment.inFolder(KEY, "seed = 1", "/runs/smol-20", work), ref.unsafeUpcast())));
        Assignment remote = new Assignment(
                KEY,
                "seed = 1",
                "/runs/smol-20",
                Optional.of("http://coordinator:7700"),
                Optional.of("cd".repeat(32)),
                List.of(new Artefact("stages/prune/model/config.json", "12".repeat(32), 501)),
                SCORES);
        samples.put("worker-assign.remote", new Worker.Assign(remote, ref.unsafeUpcast()));
        samples.put("worker-cancel", new Worker.Cancel(KEY));
        samples.put("worker-stepped", new Worker.Stepped(KEY, METRICS));
        samples.put("worker-stepped.validated", new Worker.Stepped(KEY, METRICS.with("loss.validation", 3.25)));
        samples.put(
                "worker-stepped.kept",
                new Worker.Stepped(KEY, METRICS.withKept(new KeptShares(List.of(1f, 0.5f), List.of(0.75f, 0.25f), 1))));
        samples.put("worker-progressed", new Worker.Progressed(KEY, 3, 30, "layers calibrated"));
        samples.put("worker-done", new Worker.Done(RESULT, "cd".repeat(32)));
        samples.put("worker-failed", new Worker.Failed(KEY, "out of memory", true));
        samples.put("worker-returned", new Worker.Returned(KEY, "the worker is leaving"));
        samples.put("worker-engage", new Worker.Engage(ref.unsafeUpcast()));
        samples.put("worker-leave", new Worker.Leave());
        Capabilities capabilities = new Capabilities("0.1.0", "cuda:0", 16, 68_719_476_736L);
        samples.put(
                "worker-present",
                new Worker.Present("node-3", ref.unsafeUpcast(), capabilities, Optional.of(KEY), true));
        samples.put(
                "worker-present.idle",
                new Worker.Present("node-3", ref.unsafeUpcast(), capabilities, Optional.empty(), false));
        samples.put(
                "run-submit",
                new RunCommand.Submit("smol-20", "/runs/smol-20", "seed = 1", Optional.empty(), ref.unsafeUpcast()));
        samples.put(
                "run-submit.again",
                new RunCommand.Submit(
                        "smol-20", "/runs/smol-20", "seed = 1", Optional.of(Stage.RECOVER), ref.unsafeUpcast()));
        samples.put("run-retry", new RunCommand.Retry(Stage.EXPORT, OptionalInt.empty(), ref.unsafeUpcast()));
        samples.put("run-retry.from", new RunCommand.Retry(Stage.PRUNE, OptionalInt.of(12), ref.unsafeUpcast()));
        samples.put("run-resume", new RunCommand.Resume(ref.unsafeUpcast()));
        samples.put("run-pause", new RunCommand.Pause(ref.unsafeUpcast()));
        samples.put("run-cancel", new RunCommand.Cancel(ref.unsafeUpcast()));
        samples.put("run-skip", new RunCommand.Skip(ref.unsafeUpcast()));
        samples.put("run-remove", new RunCommand.Remove(ref.unsafeUpcast()));
        samples.put("run-get-status", new RunCommand.GetStatus(ref.unsafeUpcast()));
        samples.put("run-status", new RunStatus("smol-20", "RUNNING", "{}"));
        events().forEach(samples::put);
        feed(ref).forEach(samples::put);
        register(ref).forEach(samples::put);
        return samples;
    }

    private static Map<String, WireMessage> feed(ActorRef<Object> ref) {
        RunNews news = new RunNews(new NewsId(1_795_000_000_123L, 4), "stage", "{\"stage\":\"prune\"}");
        return Map.of(
                "feed-publish", new FeedCommand.Publish(news),
                "feed-fetch", new FeedCommand.Fetch(NewsId.START, ref.unsafeUpcast()),
                "feed-get-last", new FeedCommand.GetLast(ref.unsafeUpcast()),
                "feed-forget", new FeedCommand.Forget(ref.unsafeUpcast()),
                "news-batch", new NewsBatch(List.of(news), true, false, news.id()),
                "news-batch.removed", new NewsBatch(List.of(), false, true, news.id()));
    }

    private static Map<String, WireMessage> register(ActorRef<Object> ref) {
        RunEntry entry = new RunEntry("smol-20", "/runs/smol-20", "RUNNING", "prune", AT, Optional.empty());
        RunEntry waiting =
                new RunEntry("smol-20", "/runs/smol-20", "RUNNING", "prune", AT, Optional.of("no worker is here"));
        Map<String, WireMessage> messages = new LinkedHashMap<>();
        messages.put("register-expect", new RegisterCommand.Expect("smol-20", "/runs/smol-20", ref.unsafeUpcast()));
        messages.put("register-look", new RegisterCommand.Look("smol-20"));
        messages.put("register-forget", new RegisterCommand.Forget("smol-20", ref.unsafeUpcast()));
        messages.put("register-find", new RegisterCommand.Find("smol-20", ref.unsafeUpcast()));
        messages.put("register-list-runs", new RegisterCommand.ListRuns("smol-20", 50, ref.unsafeUpcast()));
        messages.put("run-lookup", new RunLookup(Optional.of(entry), List.of()));
        messages.put("run-lookup.unknown", new RunLookup(Optional.empty(), List.of("smol-20", "smol-30")));
        messages.put("run-list", new RunList(List.of(entry), true));
        messages.put("run-list.waiting", new RunList(List.of(waiting), false));
        messages.put("register-expected", new RegisterEvent.Expected("smol-20", "/runs/smol-20", AT));
        messages.put("register-seen", new RegisterEvent.Seen("smol-20", "RUNNING", "prune", AT));
        messages.put("register-forgotten", new RegisterEvent.Forgotten("smol-20", AT));
        return messages;
    }

    private static Map<String, Work> work() {
        Map<String, Work> work = new LinkedHashMap<>();
        work.put(
                "train",
                Work.train(
                        "gates",
                        new Slice(170, 10, 3, 14),
                        300,
                        new Work.Reads(
                                Optional.of(BLOB),
                                Optional.of(OTHER),
                                Map.of("calibration", OTHER, "teacher", BLOB),
                                Optional.empty(),
                                Optional.empty()),
                        "{\"teacher\":9}"));
        work.put("train-data", Work.train("gates", new Slice(170, 10, 0, 0, DATA), 300, Work.Reads.NOTHING, "{}"));
        work.put("train-first", Work.train("gates", new Slice(0, 5, 0, 0), 5, Work.Reads.NOTHING, "{}"));
        work.put(
                "sample",
                Work.sample(
                        "learn",
                        new Slice(20, 10, 0, 3, DATA),
                        300,
                        Work.Reads.NOTHING.version(Optional.of(BLOB)).blob("start", Optional.of(OTHER)),
                        "{}"));
        work.put(
                "build",
                Work.once(
                        Work.Kind.BUILD,
                        "merge",
                        Work.Reads.NOTHING.version(Optional.of(BLOB)).model(Optional.of("stages/prune/cut")),
                        Optional.of("stages/prune/model")));
        work.put("build-blob", SCORES);
        work.put(
                "measure",
                Work.once(
                        Work.Kind.MEASURE,
                        "after-recover",
                        Work.Reads.NOTHING.model(Optional.of("export/hf")),
                        Optional.empty()));
        return work;
    }

    private static Map<String, RunEvent> events() {
        Map<String, RunEvent> events = new LinkedHashMap<>();
        events.put("run-submitted", new RunEvent.Submitted("smol-20", "/runs/smol-20", "seed = 1", Stage.USUAL, AT));
        events.put("run-reconfigured", new RunEvent.Reconfigured("seed = 1", List.of(), AT));
        events.put(
                "run-reconfigured.stages",
                new RunEvent.Reconfigured("seed = 1", List.of(Stage.PRUNE, Stage.EXPORT), AT));
        events.put("run-model-identified", new RunEvent.ModelIdentified("cd".repeat(32), AT));
        events.put("run-stage-started", new RunEvent.StageStarted(Stage.CALIBRATE, AT));
        // As version 0.1 wrote them, before there were several workers ...
        events.put("run-assigned", new RunEvent.Assigned(KEY, "", Slice.NONE, "", AT));
        events.put(
                "run-attempt-failed",
                new RunEvent.AttemptFailed(KEY, AttemptEnd.FAILED, "the worker stopped", false, AT));
        events.put("run-merged", new RunEvent.Merged(RESULT, 10, Optional.empty(), AT));
        // ... and with what came since.
        events.put("run-assigned.slice", new RunEvent.Assigned(KEY, "", new Slice(170, 10, 3, 14), "node-3", AT));
        events.put(
                "run-attempt-failed.lost",
                new RunEvent.AttemptFailed(KEY, AttemptEnd.LOST, "the worker is gone", false, AT));
        events.put(
                "run-merged.blend",
                new RunEvent.Merged(RESULT, 10, Optional.of(new Blend(OTHER, Optional.of(BLOB), 3)), AT));
        WorkResult delta = new WorkResult(
                KEY, RESULT.student(), RESULT.expectedSparsity(), RESULT.artefacts(), RESULT.measurements(), true);
        events.put("run-merged.delta", new RunEvent.Merged(delta, 10, Optional.empty(), AT));
        events.put("run-stage-completed", new RunEvent.StageCompleted(Stage.PRUNE, AT));
        events.put("run-stage-failed", new RunEvent.StageFailed(Stage.PRUNE, "out of memory", true, AT));
        events.put("run-stage-rewound", new RunEvent.StageRewound(Stage.PRUNE, 12, "retry", AT));
        events.put("run-stage-reset", new RunEvent.StageReset(Stage.PRUNE, "retry", AT));
        events.put("run-stage-skipped", new RunEvent.StageSkipped(Stage.RECOVER, AT));
        events.put("run-paused", new RunEvent.Paused(AT));
        events.put("run-resumed", new RunEvent.Resumed(AT));
        events.put("run-cancelled", new RunEvent.Cancelled(AT));
        events.put("run-assigned.leg", new RunEvent.Assigned(KEY, "gates", new Slice(170, 10, 3, 14), "node-3", AT));
        events.put(
                "run-assigned.data",
                new RunEvent.Assigned(KEY, "gates", new Slice(170, 10, 3, 14, DATA), "node-3", AT));
        events.put(
                "run-noted",
                new RunEvent.Noted(Stage.PRUNE, new Note("teacher", Map.of("percent", 9.0), List.of(BLOB, OTHER)), AT));
        Stage second = new Stage("prune", 2);
        events.put("run-stage-started.second", new RunEvent.StageStarted(second, AT));
        events.put(
                "run-submitted.rounds",
                new RunEvent.Submitted(
                        "smol-20", "/runs/smol-20", "seed = 1", List.of(Stage.PRUNE, Stage.RECOVER, second), AT));
        events.put("run-removed", new RunEvent.Removed(AT));
        return events;
    }
}
