package dev.espalier.worker.export;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightPlaces;
import dev.espalier.worker.gguf.GgufExport;
import dev.espalier.worker.gguf.GgufType;
import dev.espalier.worker.layout.PlacedModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What a finished model folder is turned into beside itself, for programs that do not load it as it is. */
public enum ExportFormat {
    GGUF {
        @Override
        public void check(ModelFolder folder, LlamaConfig planned, Optional<String> dtype) {
            GgufExport.check(folder, planned, type(folder, dtype));
        }

        @Override
        public List<Path> write(ModelFolder folder, String name, Path target, Optional<String> dtype) {
            GgufType type = type(folder, dtype);
            Path file = target.resolve(name + "-" + type.word() + ".gguf");
            GgufExport.write(folder, name, file, type);
            return List.of(file);
        }

        @Override
        public List<String> dtypes() {
            return GgufType.words();
        }

        private GgufType type(ModelFolder folder, Optional<String> dtype) {
            return dtype.flatMap(GgufType::byWord).orElseGet(() -> GgufExport.typeOf(folder));
        }
    },
    HF_PADDED {
        @Override
        public void check(ModelFolder folder, LlamaConfig planned, Optional<String> dtype) {
            PlacedModel.alike(planned);
        }

        @Override
        public List<Path> write(ModelFolder folder, String name, Path target, Optional<String> dtype) {
            PlacedModel model = PlacedModel.alike(folder.config());
            LlamaConfig config = model.config();
            WeightPlaces places = WeightPlaces.of(config);
            return PlacedFolder.write(
                    folder,
                    model.tensors(tensor -> places.of(tensor).name()),
                    config.toJson(PlacedFolder.dtype(folder)),
                    target);
        }

        @Override
        public boolean isRead() {
            return true;
        }
    },
    NEMOTRON_NAS {
        @Override
        public void check(ModelFolder folder, LlamaConfig planned, Optional<String> dtype) {
            NemotronNas.place(planned);
        }

        @Override
        public List<Path> write(ModelFolder folder, String name, Path target, Optional<String> dtype) {
            PlacedModel model = NemotronNas.place(folder.config());
            return PlacedFolder.write(
                    folder, model.tensors(UnaryOperator.identity()), NemotronNas.config(folder, model), target);
        }
    };

    /** By what configurations and commands call it. */
    public static Optional<ExportFormat> byWord(String word) {
        return Arrays.stream(values())
                .filter(format -> format.word().equals(word))
                .findFirst();
    }

    /** Those of a run besides the folder that they are made of. */
    public static List<ExportFormat> of(RunConfig.Export export) {
        return export.formats().stream().flatMap(word -> byWord(word).stream()).toList();
    }

    /** What configurations and commands call it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Types of the written weights that can be asked for; none: they keep their own. */
    public List<String> dtypes() {
        return List.of();
    }

    /** Whether what is written is a model folder that Espalier loads, too. */
    public boolean isRead() {
        return false;
    }

    /**
     * Whether a model can be written so.
     *
     * @param folder the model, or the one that it will be made of
     * @param planned as it will be, as far as that is known
     * @param dtype of the written weights; empty: the folder's own
     * @throws UserError if not, with what to do
     */
    public abstract void check(ModelFolder folder, LlamaConfig planned, Optional<String> dtype);

    /**
     * Writes it.
     *
     * @param name of the model
     * @param target a folder; what lies in it is left alone, unless it has the name of a written file
     * @param dtype of the written weights; empty: the folder's own
     * @return the files written
     * @throws UserError if the format cannot hold the model, with what to do
     */
    public abstract List<Path> write(ModelFolder folder, String name, Path target, Optional<String> dtype);
}
