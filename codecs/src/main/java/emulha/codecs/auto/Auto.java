package emulha.codecs.auto;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.Method;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.StageTrial;
import emulha.codecs.StageWorker;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Encodes each page by the stage that gets it across soonest: least sum of the time its bytes take
 * on the link and the CPU time of encoding. All stages are tried on a page's first appearance and
 * on every eighth after that; in between, the last winner encodes it. CPU times are averages
 * measured as it goes, if the encoder is given a {@link emulha.codecs.CostClock} and {@code
 * costs=fixed} is not set; otherwise they are those that the stages declare, and the bytes depend
 * on the checkpoints only. With {@code profile=FILE} nothing is tried: an {@link AutoProfile},
 * learnt from recordings, names the stage for the page's class.
 *
 * <p>Tag: number of the stage, from 0, followed by the tags of that stage.
 */
public final class Auto extends NamedProvider {
  private static final Pattern LINK = Pattern.compile("([1-9][0-9]{0,5})(M|G)bit");

  public Auto() {
    super(
        "auto",
        "each page by the stage that gets it over a given link soonest",
        "emulha; Hou §5.5 asks for such guidance");
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
            "CPU times as measured, where there is a clock, or fixed for the same bytes each time"),
        new Parameter(
            "profile",
            "none|FILE",
            "none",
            "what emulha learn wrote: each page by the stage that was soonest on pages of its class;"
                + " none is tried"));
  }

  @Override
  public Stage create(Arguments arguments) {
    Matcher link = LINK.matcher(arguments.text("link"));
    if (!link.matches()) {
      throw arguments.bad("link");
    }
    double bitsPerNano = Integer.parseInt(link.group(1)) / (link.group(2).equals("M") ? 1e3 : 1.0);
    List<String> names = names(arguments.text("stages"));
    if (names.size() > AutoProfile.MAX_STAGES) {
      throw arguments.bad("stages");
    }
    String profile = arguments.text("profile");
    return new Choice(
        names.stream().map(Auto::candidate).toList(),
        names,
        8 / bitsPerNano,
        arguments.choice("costs").equals("measured"),
        profile.equals("none") ? "" : profile);
  }

  private static List<String> names(String stages) {
    return Stream.of(stages.split("/", -1)).map(text -> text.replace(';', ',')).toList();
  }

  @Override
  public List<String> stagesIn(Map<String, String> values) {
    String stages = values.get("stages");
    return stages == null ? List.of() : names(stages);
  }

  /** A stage that may be chosen page by page. */
  static Stage candidate(String text) {
    Method method = Method.parse(text);
    Stage stage = method.stages().getFirst();
    Optional<String> reason =
        method.connections() > 1
            ? Optional.of("connections are for the whole method")
            : stage.excludesFreePages()
                ? Optional.of("it must come first in a method")
                : stage.handsOn(Set.of(Block.Kind.PAGE)).contains(Block.Kind.CHUNK)
                    ? Optional.of("it hands pages on in parts")
                    : stage.whyOneEncoder(false);
    if (reason.isPresent()) {
      throw new IllegalArgumentException(
          "method 'auto': '%s' cannot be chosen page by page: %s".formatted(text, reason.get()));
    }
    return stage;
  }

  /**
   * The stage.
   *
   * @param names of the candidates, in their order
   * @param profile file of an {@link AutoProfile}, read at the sender; empty: none
   */
  private record Choice(
      List<Stage> candidates,
      List<String> names,
      double linkNanosPerByte,
      boolean measured,
      String profile)
      implements Stage {
    /** Of each class of pages the candidate, as learnt; empty if each page's are tried. */
    int[] learnt() {
      if (profile.isEmpty()) {
        return new int[0];
      }
      try {
        AutoProfile read = AutoProfile.read(Path.of(profile));
        return read.choices(read.numbers(names), linkNanosPerByte);
      } catch (FileSystemException e) {
        // Its message may be only a path.
        throw new IllegalArgumentException("method 'auto': cannot read the profile: " + e, e);
      } catch (IOException e) {
        throw new IllegalArgumentException("method 'auto': " + e.getMessage(), e);
      }
    }

    @Override
    public Set<Block.Kind> accepts() {
      Set<Block.Kind> kinds = EnumSet.allOf(Block.Kind.class);
      candidates.forEach(candidate -> kinds.retainAll(candidate.accepts()));
      return kinds;
    }

    @Override
    public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
      Set<Block.Kind> kinds = EnumSet.noneOf(Block.Kind.class);
      for (Stage candidate : candidates) {
        kinds.addAll(candidate.leavesAsGiven() ? given : candidate.handsOn(given));
      }
      return kinds;
    }

    @Override
    public Set<Counter> counters() {
      Set<Counter> counters = EnumSet.noneOf(Counter.class);
      candidates.forEach(candidate -> counters.addAll(candidate.counters()));
      return counters;
    }

    @Override
    public String binding() {
      return candidates.stream().map(Stage::binding).collect(Collectors.joining("/"));
    }

    @Override
    public Optional<String> whyOneEncoder(boolean first) {
      return Optional.empty();
    }

    @Override
    public Optional<String> whyNot(PageSize pageSize) {
      if (!profile.isEmpty() && !pageSize.equals(PageSize.SMALL)) {
        return Optional.of("a profile speaks of pages of 4096 bytes; leave it out");
      }
      return candidates.stream()
          .flatMap(candidate -> candidate.whyNot(pageSize).stream())
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

  private static final class Encoder extends StageWorker.Several<IOException>
      implements StageEncoder {
    private static final int TRY_ALL_EVERY = 8;

    private final EncoderContext context;
    private final StageEncoder next;
    private final List<StageTrial> trials;
    private final double linkNanosPerByte;
    private final int[] learnt;

    /** Per VM and page: 0 = not seen, else winner * 8 + appearances since all were tried + 1. */
    private final short[][] memory;

    Encoder(Choice choice, EncoderContext context, StageEncoder next) {
      int[] learnt = choice.learnt();
      List<StageTrial> trials =
          choice.candidates().stream()
              .map(candidate -> new StageTrial(candidate, choice.measured(), context))
              .toList();
      super(trials.stream().map(StageTrial::encoder).toList());
      this.learnt = learnt;
      this.trials = trials;
      this.context = context;
      this.next = next;
      linkNanosPerByte = choice.linkNanosPerByte();
      memory = new short[context.vms()][];
      Arrays.setAll(memory, vm -> new short[Math.toIntExact(context.ramPages(vm))]);
    }

    @Override
    public void encode(Block block) throws IOException {
      short[] remembered = memory[block.vm()];
      int pfn = (int) block.pfn();
      int before = remembered[pfn];
      boolean tryAll = learnt.length == 0 && before % TRY_ALL_EVERY == 0;
      int winner;
      if (tryAll) {
        winner = encodeByAll(block);
      } else {
        winner =
            learnt.length > 0
                ? learnt[AutoClasses.of(block, before != 0)]
                : (before - 1) / TRY_ALL_EVERY;
        encodeBy(winner, block);
      }
      remembered[pfn] =
          (short) (tryAll || learnt.length > 0 ? winner * TRY_ALL_EVERY + 1 : before + 1);
      context.control().writeByte(winner);
      Block rest = trials.get(winner).take(context);
      if (rest != null) {
        next.encode(rest);
      } else if (block.kind() == Block.Kind.PAGE) {
        next.skip(block);
      }
    }

    /** Number of the stage that got the block across soonest; what the others wrote is gone. */
    private int encodeByAll(Block block) throws IOException {
      int best = 0;
      double least = Double.MAX_VALUE;
      for (int i = 0; i < trials.size(); i++) {
        StageTrial trial = trials.get(i);
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

    private void encodeBy(int winner, Block block) throws IOException {
      trials.get(winner).encode(block);
      for (int i = 0; i < trials.size() && block.kind() == Block.Kind.PAGE; i++) {
        if (i != winner) {
          trials.get(i).encoder().skip(block);
        }
      }
    }

    @Override
    public void skip(Block page) throws IOException {
      super.skip(page);
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return memoryBytes() + super.retainedBytes();
    }

    @Override
    public long allocatedBytes() {
      return memoryBytes() + super.allocatedBytes();
    }

    private long memoryBytes() {
      return Arrays.stream(memory).mapToLong(pages -> (long) pages.length * Short.BYTES).sum();
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

  private static final class Decoder extends StageWorker.Several<CorruptEncodingException>
      implements StageDecoder {
    private final LaneReader control;
    private final StageDecoder next;
    private final DecodeRest rest;
    private final List<StageDecoder> candidates;

    Decoder(Choice choice, DecoderContext context, StageDecoder next) {
      var rest = new DecodeRest(next);
      List<StageDecoder> candidates =
          choice.candidates().stream()
              .map(candidate -> candidate.newDecoder(context, rest))
              .toList();
      super(candidates);
      this.candidates = candidates;
      this.rest = rest;
      control = context.control();
      this.next = next;
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
      super.skip(page);
      next.skip(page);
    }
  }
}
