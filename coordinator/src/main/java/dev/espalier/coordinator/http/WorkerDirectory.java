package dev.espalier.coordinator.http;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Knows who works. */
public interface WorkerDirectory {
    CompletionStage<List<WorkerView>> workers();
}
