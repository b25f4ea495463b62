package dev.espalier.coordinator.http;

import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Capabilities;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * The workers that a workforce has found.
 *
 * @param workforce answers for them
 * @param system of the coordinator
 */
public record WorkforceDirectory(ActorRef<Workforce.Command> workforce, ActorSystem<?> system)
        implements WorkerDirectory {
    private static final Duration ANSWERS = Duration.ofSeconds(10);

    @Override
    public CompletionStage<List<WorkerView>> workers() {
        return AskPattern.<Workforce.Command, Workforce.Workers>ask(
                        workforce, Workforce.GetWorkers::new, ANSWERS, system.scheduler())
                .thenApply(found ->
                        found.workers().stream().map(WorkforceDirectory::view).toList());
    }

    private static WorkerView view(Workforce.WorkerState worker) {
        Capabilities capabilities = worker.capabilities();
        return new WorkerView(
                worker.name(),
                worker.working().map(AssignmentKey::run),
                worker.working().map(key -> key.stage().word()),
                capabilities.device(),
                capabilities.processors(),
                capabilities.memoryBytes(),
                capabilities.version(),
                worker.heard());
    }
}
