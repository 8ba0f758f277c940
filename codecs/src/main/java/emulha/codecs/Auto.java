package emulha.codecs;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Encodes each page by the stage that gets it across soonest: least sum of the time its bytes take
 * on the link and the CPU time of encoding. All stages are tried on a page's first appearance and
 * on every eighth after that; in between, the last winner encodes it. CPU times are averages
 * measured as it goes, if the encoder is given a {@link CostClock} and {@code costs=fixed} is not
 * set; otherwise they are fixed figures per stage, and the bytes depend on the checkpoints only.
 *
 * <p>Tag: number of the stage, from 0, followed by the tags of that stage.
 */
final class Auto implements StageProvider {
  private static final Pattern LINK = Pattern.compile("([1-9][0-9]{0,5})(M|G)bit");
  private static final int MAX_STAGES = 100;

  /** CPU time of 4096 bytes without a clock: rounded, native libraries on a 3 GHz x86-64 core. */
  private static final Map<String, Integer> FIXED_NANOS =
      Map.ofEntries(
          Map.entry("none", 0),
          Map.entry("zero", 200),
          Map.entry("delta", 2_000),
          Map.entry("xbzrle", 2_000),
          Map.entry("remus", 2_000),
          Map.entry("fitdoc", 2_000),
          Map.entry("lz4", 5_000),
          Map.entry("criu", 5_000),
          Map.entry("snappy", 5_000),
          Map.entry("lzo", 8_000),
          Map.entry("zstd", 15_000),
          Map.entry("prefix", 20_000),
          Map.entry("gzip", 70_000),
          Map.entry("deflate", 70_000),
          Map.entry("xz", 1_000_000));

  private static final int OTHER_NANOS = 20_000;

  @Override
  public String name() {
    return "auto";
  }

  @Override
  public String summary() {
    return "each page by the stage that gets it over a given link soonest";
  }

  @Override
  public String source() {
    return "emulha; Hou §5.5 asks for such guidance";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter(
            "stages",
            "STAGE/STAGE/…, within a stage ; instead of ,",
            "none/zero/lz4/zstd:level=1",
            "what to choose from"),
        new Parameter("link", "1Mbit..999999Gbit", "1Gbit", "speed of the link"),
        new Parameter(
            "costs",
            "measured|fixed",
            "measured",
            "CPU times as measured, where there is a clock, or fixed for the same bytes each time"));
  }

  @Override
  public Stage create(Arguments arguments) {
    Matcher link = LINK.matcher(arguments.text("link"));
    if (!link.matches()) {
      throw arguments.bad("link");
    }
    double bitsPerNano = Integer.parseInt(link.group(1)) / (link.group(2).equals("M") ? 1e3 : 1.0);
    List<Candidate> candidates = new ArrayList<>();
    for (String text : arguments.text("stages").split("/", -1)) {
      candidates.add(candidate(text.replace(';', ',')));
    }
    if (candidates.size() > MAX_STAGES) {
      throw arguments.bad("stages");
    }
    return new Choice(
        List.copyOf(candidates), 8 / bitsPerNano, arguments.choice("costs").equals("measured"));
  }

  private static Candidate candidate(String text) {
    Method method = Method.parse(text);
    Stage stage = method.stages().getFirst();
    Optional<String> reason =
        stage.excludesFreePages()
            ? Optional.of("it must come first in a method")
            : stage.handsOn(Set.of(Block.Kind.PAGE)).contains(Block.Kind.CHUNK)
                ? Optional.of("it hands pages on in parts")
                : stage.whyOneEncoder(false);
    if (reason.isPresent()) {
      throw new IllegalArgumentException(
          "method 'auto': '%s' cannot be chosen page by page: %s".formatted(text, reason.get()));
    }
    String name = text.contains(":") ? text.substring(0, text.indexOf(':')) : text;
    return new Candidate(stage, FIXED_NANOS.getOrDefault(name, OTHER_NANOS));
  }

  /**
   * A stage to choose.
   *
   * @param fixedNanos CPU time of 4096 bytes if it cannot be measured
   */
  private record Candidate(Stage stage, int fixedNanos) {}

  /** The stage. */
  private record Choice(List<Candidate> candidates, double linkNanosPerByte, boolean measured)
      implements Stage {
    @Override
    public Set<Block.Kind> accepts() {
      Set<Block.Kind> kinds = EnumSet.allOf(Block.Kind.class);
      candidates.forEach(candidate -> kinds.retainAll(candidate.stage().accepts()));
      return kinds;
    }

    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      Set<Block.Kind> kinds = EnumSet.noneOf(Block.Kind.class);
      for (Candidate candidate : candidates) {
        kinds.addAll(candidate.stage() instanceof None ? given : candidate.stage().handsOn(given));
      }
      return kinds;
    }

    @Override
    public Set<Counter> counters() {
      Set<Counter> counters = EnumSet.noneOf(Counter.class);
      candidates.forEach(candidate -> counters.addAll(candidate.stage().counters()));
      return counters;
    }

    @Override
    public String binding() {
      return candidates.stream()
          .map(candidate -> candidate.stage().binding())
          .collect(Collectors.joining("/"));
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.empty();
    }

    @Override
    public Optional<String> whyNot(PageSize pageSize) {
      return candidates.stream()
          .flatMap(candidate -> candidate.stage().whyNot(pageSize).stream())
          .findFirst();
    }

    @Override
    public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
      return new Encoder(this, context, next);
    }

    @Override
    public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
      return new Decoder(this, context, next);
    }
  }

  /** A candidate at work, writing into lanes of its own until it is chosen. */
  private static final class Trial {
    private static final double WEIGHT_OF_LAST = 1.0 / 16;

    final StageEncoder encoder;
    private final EncoderContext own;
    private final List<LaneWriter> lanes;
    private final @Nullable CostClock clock;
    private final HandedOn handedOn = new HandedOn();
    private Counters before;
    private double cpuNanos;
    private boolean measured;

    Trial(Candidate candidate, boolean measure, EncoderContext context) {
      own = context.apart();
      encoder = candidate.stage().newEncoder(own, handedOn);
      lanes = context.openLanesLike(own);
      clock = measure ? context.clock() : null;
      before = own.counters().copy();
      cpuNanos = (double) candidate.fixedNanos() * context.pageSize().bytes() / PageSize.MIN_BYTES;
    }

    /** Encodes a block; the bytes that it would cost. */
    long encode(Block block) throws IOException {
      before = own.counters().copy();
      handedOn.block = null;
      CostClock cpu = clock;
      if (cpu == null) {
        encoder.encode(block);
      } else {
        long start = cpu.nanos();
        encoder.encode(block);
        long nanos = cpu.nanos() - start;
        cpuNanos = measured ? cpuNanos + (nanos - cpuNanos) * WEIGHT_OF_LAST : nanos;
        measured = true;
      }
      Block rest = handedOn.block;
      return own.bufferedPayloadBytes() + (rest == null ? 0 : rest.length());
    }

    double cpuNanos() {
      return cpuNanos;
    }

    /** Makes what was encoded part of the checkpoint; the block handed on, if one was. */
    @Nullable Block take(EncoderContext context) throws IOException {
      own.moveTo(context.control(), lanes);
      context.counters().add(own.counters().since(before));
      return handedOn.block;
    }

    void discard() {
      own.discard();
    }
  }

  /** Stands behind a candidate and notes what it hands on. */
  private static final class HandedOn implements StageEncoder {
    private @Nullable Block block;

    @Override
    public void encode(Block block) {
      this.block = block;
    }

    @Override
    public void skip(Block page) {}
  }

  private static final class Encoder implements StageEncoder {
    private static final int TRY_ALL_EVERY = 8;

    private final EncoderContext context;
    private final StageEncoder next;
    private final List<Trial> trials = new ArrayList<>();
    private final double linkNanosPerByte;

    /** Per VM and page: 0 = not seen, else winner * 8 + appearances since all were tried + 1. */
    private final short[][] memory;

    Encoder(Choice choice, EncoderContext context, StageEncoder next) {
      this.context = context;
      this.next = next;
      linkNanosPerByte = choice.linkNanosPerByte();
      for (Candidate candidate : choice.candidates()) {
        trials.add(new Trial(candidate, choice.measured(), context));
      }
      memory = new short[context.vms()][];
      for (int vm = 0; vm < memory.length; vm++) {
        memory[vm] = new short[Math.toIntExact(context.ramPages(vm))];
      }
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws IOException {
      for (Trial trial : trials) {
        trial.encoder.beginCheckpoint(kind);
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws IOException {
      for (Trial trial : trials) {
        trial.encoder.beginVm(vm, pages);
      }
    }

    @Override
    public void encode(Block block) throws IOException {
      short[] remembered = memory[block.vm()];
      int pfn = (int) block.pfn();
      int before = remembered[pfn];
      boolean tryAll = before == 0 || before % TRY_ALL_EVERY == 0;
      int winner = tryAll ? cheapest(block) : encodeBy((before - 1) / TRY_ALL_EVERY, block);
      remembered[pfn] = (short) (tryAll ? winner * TRY_ALL_EVERY + 1 : before + 1);
      context.control().writeByte(winner);
      Block rest = trials.get(winner).take(context);
      if (rest != null) {
        next.encode(rest);
      } else if (block.kind() == Block.Kind.PAGE) {
        next.skip(block);
      }
    }

    private int cheapest(Block block) throws IOException {
      int best = 0;
      double least = Double.MAX_VALUE;
      for (int i = 0; i < trials.size(); i++) {
        Trial trial = trials.get(i);
        double nanos = trial.encode(block) * linkNanosPerByte + trial.cpuNanos();
        if (nanos < least) {
          least = nanos;
          best = i;
        }
      }
      for (int i = 0; i < trials.size(); i++) {
        if (i != best) {
          trials.get(i).discard();
        }
      }
      return best;
    }

    private int encodeBy(int winner, Block block) throws IOException {
      trials.get(winner).encode(block);
      for (int i = 0; i < trials.size() && block.kind() == Block.Kind.PAGE; i++) {
        if (i != winner) {
          trials.get(i).encoder.skip(block);
        }
      }
      return winner;
    }

    @Override
    public void skip(Block page) throws IOException {
      for (Trial trial : trials) {
        trial.encoder.skip(page);
      }
      next.skip(page);
    }

    @Override
    public void endVm(int vm) throws IOException {
      for (Trial trial : trials) {
        trial.encoder.endVm(vm);
      }
    }

    @Override
    public void endCheckpoint() throws IOException {
      for (Trial trial : trials) {
        trial.encoder.endCheckpoint();
      }
    }

    @Override
    public long retainedBytes() {
      return memoryBytes(StageEncoder::retainedBytes);
    }

    @Override
    public long allocatedBytes() {
      return memoryBytes(StageEncoder::allocatedBytes);
    }

    private long memoryBytes(ToLongFunction<StageEncoder> ofCandidate) {
      long total = 0;
      for (short[] pages : memory) {
        total += (long) pages.length * Short.BYTES;
      }
      for (Trial trial : trials) {
        total += ofCandidate.applyAsLong(trial.encoder);
      }
      return total;
    }

    @Override
    public void close() {
      trials.forEach(trial -> trial.encoder.close());
    }
  }

  /** Stands behind a candidate and decodes what it was handed. */
  private static final class DecodeRest implements StageDecoder {
    private final StageDecoder next;
    private boolean wanted;

    DecodeRest(StageDecoder next) {
      this.next = next;
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      wanted = true;
      next.decode(block);
    }

    @Override
    public void skip(Block page) {}
  }

  private static final class Decoder implements StageDecoder {
    private final LaneReader control;
    private final StageDecoder next;
    private final DecodeRest rest;
    private final List<StageDecoder> candidates = new ArrayList<>();

    Decoder(Choice choice, DecoderContext context, StageDecoder next) {
      control = context.control();
      this.next = next;
      rest = new DecodeRest(next);
      for (Candidate candidate : choice.candidates()) {
        candidates.add(candidate.stage().newDecoder(context, rest));
      }
    }

    @Override
    public void beginCheckpoint(CheckpointKind kind) throws CorruptEncodingException {
      for (StageDecoder candidate : candidates) {
        candidate.beginCheckpoint(kind);
      }
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) throws CorruptEncodingException {
      for (StageDecoder candidate : candidates) {
        candidate.beginVm(vm, pages);
      }
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      int winner = control.readByte();
      if (winner >= candidates.size()) {
        throw control.corrupt("auto: stage " + winner + " of " + candidates.size());
      }
      rest.wanted = false;
      candidates.get(winner).decode(block);
      if (!rest.wanted && block.kind() == Block.Kind.PAGE) {
        next.skip(block);
      }
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      for (StageDecoder candidate : candidates) {
        candidate.skip(page);
      }
      next.skip(page);
    }

    @Override
    public void endVm(int vm) throws CorruptEncodingException {
      for (StageDecoder candidate : candidates) {
        candidate.endVm(vm);
      }
    }

    @Override
    public void endCheckpoint() throws CorruptEncodingException {
      for (StageDecoder candidate : candidates) {
        candidate.endCheckpoint();
      }
    }

    @Override
    public long retainedBytes() {
      return candidates.stream().mapToLong(StageDecoder::retainedBytes).sum();
    }

    @Override
    public void close() {
      candidates.forEach(StageDecoder::close);
    }
  }
}
