package emulha.codecs.pipeline;

import emulha.codecs.Block;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.Stage;
import emulha.codecs.StageContext;
import emulha.codecs.StageWorker;
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * One encoder thread's chain of stages, at either end.
 *
 * @param <E> what their workers throw
 * @param <W> their workers
 */
abstract sealed class Pipeline<E extends IOException, W extends StageWorker<E>>
    extends StageWorker.Several<E> permits EncoderPipeline, DecoderPipeline {
  final List<W> stages;
  final W first;
  private final StageContext<?> context;
  final Block block = new Block();

  Pipeline(StageContext<?> context, List<W> stages) {
    super(stages);
    this.context = context;
    this.stages = stages;
    first = stages.getFirst();
  }

  /**
   * The workers of a method's stages, in their order.
   *
   * @param last stands behind them
   * @param maker makes a stage's worker, which may be the next one: then the stage does nothing
   */
  static <W extends StageWorker<?>> List<W> workers(
      List<Stage> method, W last, BiFunction<Stage, W, W> maker) {
    List<W> workers = new ArrayList<>(List.of(last));
    try {
      for (Stage stage : method.reversed()) {
        W worker = maker.apply(stage, workers.getFirst());
        if (worker != workers.getFirst()) {
          workers.addFirst(worker);
        }
      }
    } catch (RuntimeException | Error e) {
      workers.forEach(StageWorker::close);
      throw e;
    }
    return workers;
  }

  /** Makes the pipeline of an encoder thread, its lanes from {@code firstLane} on. */
  @FunctionalInterface
  interface Maker<P> {
    P make(int encoder, int firstLane);
  }

  /**
   * A method's pipelines, one for each encoder thread.
   *
   * @throws IllegalArgumentException if they have too many lanes
   */
  static <P extends Pipeline<?, ?>> List<P> ofEach(Method method, Maker<P> maker) {
    List<P> pipelines = new ArrayList<>();
    int lanes = 0;
    try {
      for (int encoder = 0; encoder < method.encoders(); encoder++) {
        P pipeline = maker.make(encoder, lanes);
        pipelines.add(pipeline);
        lanes += pipeline.lanes();
        if (lanes > EncodedCheckpoint.MAX_LANES) {
          throw new IllegalArgumentException(
              ("method '%s' has more than %d lanes, one or more for each stage and encoder thread;"
                      + " give fewer encoders or stages")
                  .formatted(method.spec(), EncodedCheckpoint.MAX_LANES));
        }
      }
    } catch (RuntimeException | Error e) {
      pipelines.forEach(Pipeline::close);
      throw e;
    }
    return pipelines;
  }

  /** Number of its lanes. */
  final int lanes() {
    return context.lanes();
  }

  /** Shows the pages that are this pipeline's to the stages. */
  void prime(int vm, DirtyPages pages) throws E {
    for (int i = 0; i < pages.count(); i++) {
      if (context.owns(pages.pfn(i))) {
        skip(block.at(vm, pages, i));
      }
    }
  }

  /** To the first stage alone: each passes it on to the next. */
  @Override
  public final void skip(Block page) throws E {
    first.skip(page);
  }
}
