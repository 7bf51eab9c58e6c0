# For ./dev soak systemd: a Debian 12 of its own below build/debian-root, and the package in two versions.

ensure_debian_root() {
  [ -e build/debian-root/.complete ] && return
  ensure_packages soak
  say "Making a Debian 12 with systemd below build/debian-root"
  as_root rm -rf build/debian-root
  as_root debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,curl bookworm build/debian-root \
    >build/debian-root.log || { tail -n 20 build/debian-root.log; return 1; }
  as_root touch build/debian-root/.complete
}

# package_pair FOLDER: older.deb and newer.deb; the same program, so that only what packages do is between them.
package_pair() {
  local folder=$1 name
  rm -rf "$folder" && mkdir -p "$folder"
  for name in older=0.0.1 newer=0.0.2; do
    (cd build/release && cpack -G DEB -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip -D CPACK_PACKAGE_VERSION="${name#*=}" \
      -B "$OLDPWD/$folder/${name%=*}" >package.log 2>&1) || { cat build/release/package.log; return 1; }
    mv "$folder/${name%=*}"/*.deb "$folder/${name%=*}.deb"
  done
}
