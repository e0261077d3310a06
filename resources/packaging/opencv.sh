#!/usr/bin/env bash
# Builds the wheel of OpenCV without video, linear algebra and the modules that the program never calls. That of
# PyPI takes 157 MB on Linux; the one for Windows keeps video in a file of its own, which build.spec leaves out.
#
#   opencv.sh OUT        with a compiler installed; pip fetches the source of the version in requirements.lock
set -euo pipefail
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
python="${PYTHON:-python3}"
version="$(sed -n 's/^opencv-python-headless==\([^ ]*\).*/\1/p' "$project/requirements.lock")"
left_out=(FFMPEG GSTREAMER V4L LAPACK OPENEXR AVIF JPEGXL PROTOBUF OPENCL OPENJPEG JASPER WEBP GDCM IPP
  IMGCODEC_HDR IMGCODEC_PFM IMGCODEC_SUNRASTER)
arguments=(-DBUILD_LIST=core,imgproc,imgcodecs,python3 -DPYTHON3_LIMITED_API=ON -DBUILD_OPENEXR=OFF)
for name in "${left_out[@]}"; do arguments+=("-DWITH_$name=OFF"); done
for name in ZLIB PNG JPEG TIFF; do arguments+=("-DBUILD_$name=ON"); done
export CMAKE_ARGS="${arguments[*]}" ENABLE_HEADLESS=1
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$("$python" -c 'import os; print(os.cpu_count())')}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$python" -m pip download --no-deps --no-binary opencv-python-headless --dest "$work" "opencv-python-headless==$version"
tar -xzf "$work"/opencv_python_headless-*.tar.gz -C "$work"
# OpenCV's stubs for type checkers need its other modules; without them the build asks for stubs in vain.
sed -i.bak -e 's|\[ r"python/cv2/py.typed" \]|[]|' -e '/rearrange_cmake_output_data\["cv2.typing"\] =/s/= .*/= []/' \
  "$work"/opencv_python_headless-*/setup.py
"$python" -m pip wheel --no-deps --wheel-dir "$1" "$work"/opencv_python_headless-*/
