#!/usr/bin/env bash
# FFmpeg transcoding a generated video from MPEG-2 to MPEG-4, over and over.
#
# In place of: FFmpeg (Hou et al. 2013, Table 1).
# Differs: the paper names neither media nor codecs; the source here is FFmpeg's own moving test
# picture with noise, made when the guest boots; one emulated CPU. H.264 (libx264 veryfast)
# costs so many instructions a frame that it wrote a tenth of the paper's bytes in 25 ms.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" ffmpeg
mkdir -p "$root/root"
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin HOME=/root
export LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/blas:/usr/lib/x86_64-linux-gnu/lapack
export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/lib/x86_64-linux-gnu/pulseaudio
cd /root
ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc2=size=640x360:rate=25:duration=4 \
  -vf noise=alls=10:allf=t -c:v mpeg2video -q:v 4 source.mpg
/bin/busybox ls -l source.mpg
echo "emulha: ready"
while :; do
  ffmpeg -nostdin -loglevel error -y -i source.mpg -c:v mpeg4 -q:v 5 out.mp4
  /bin/busybox ls -l out.mp4
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "ffmpeg",
  "workload": "ffmpeg: MPEG-2 to MPEG-4, 640x360",
  "memory_mib": 512,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 2000,
  "free_pages": "linux-6.1"
}
END
guest_end
