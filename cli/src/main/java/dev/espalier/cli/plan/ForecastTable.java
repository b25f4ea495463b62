package dev.espalier.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.progress.Bar;
import dev.espalier.cli.progress.ByteSize;
import java.util.Locale;

/** A {@link Forecast} for people, and for scripts. */
final class ForecastTable {
    private ForecastTable() {}

    static String of(Forecast forecast) {
        boolean gpu = forecast.stages().stream().anyMatch(stage -> stage.deviceBytes() > 0);
        StringBuilder text = new StringBuilder();
        text.append(row("stage", "time", "memory", gpu ? "GPU memory" : "", "disk"));
        for (Forecast.OfStage stage : forecast.stages()) {
            text.append(row(
                    stage.stage().word(),
                    Bar.duration(stage.seconds()),
                    ByteSize.of(stage.hostBytes()),
                    gpu ? ByteSize.of(stage.deviceBytes()) : "",
                    ByteSize.of(stage.diskBytes())));
        }
        text.append(row("all", Bar.duration(forecast.seconds()), "", "", ""));
        return text.toString().stripTrailing();
    }

    private static String row(String stage, String time, String host, String device, String disk) {
        String cells = String.format(Locale.ROOT, "%-11s %10s %10s", stage, time, host);
        String rest = device.isEmpty() ? "" : String.format(Locale.ROOT, " %12s", device);
        return (cells + rest + String.format(Locale.ROOT, " %10s", disk)).stripTrailing() + System.lineSeparator();
    }

    /** Adds {@code "seconds"} and {@code "stages": [{"stage", "seconds", "host-bytes", "device-bytes", "disk-bytes"}]}. */
    static void write(Forecast forecast, ObjectNode document) {
        document.put("seconds", forecast.seconds());
        ArrayNode stages = document.putArray("stages");
        for (Forecast.OfStage stage : forecast.stages()) {
            stages.addObject()
                    .put("stage", stage.stage().word())
                    .put("seconds", stage.seconds())
                    .put("host-bytes", stage.hostBytes())
                    .put("device-bytes", stage.deviceBytes())
                    .put("disk-bytes", stage.diskBytes());
        }
    }
}
