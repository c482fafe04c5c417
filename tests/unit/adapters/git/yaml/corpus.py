"""Odd files that people keep in Git: what stands between « and » becomes something else, and nothing else does."""

from __future__ import annotations

from typing import Final

DEPLOYMENT: Final = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
"""

IMAGES: Final[dict[str, str]] = {
    "a plain value": "image: «app:1.0»\n",
    "no line end at the end": "image: «app:1.0»",
    "single quotes": "image: '«app:1.0»'\n",
    "double quotes": 'image: "«app:1.0»"\n',
    "a comment": "image: «app:1.0» # keep me: app:1.0\n",
    "a comment after tabs": "image: «app:1.0»\t\t# keep\n",
    "a comment that holds quotes": "image: '«app:1.0»' # it's \"here\"\n",
    "comments around": "# image: app:1.0\nimage: «app:1.0»\n# image: app:1.0\n",
    "blanks at the end of lines": "name: x   \nimage: «app:1.0»   \nother: y  \n",
    "blank lines": "\n\n\nimage: «app:1.0»\n\n\n",
    "carriage returns": "a: b\r\nimage: «app:1.0»\r\nc: d\r\n",
    "mixed line ends": "a: b\nimage: «app:1.0»\r\nc: d\n",
    "old line ends": "a: b\rimage: «app:1.0»\rc: d\r",
    "a byte order mark": "\ufeffimage: «app:1.0»\n",
    "a byte order mark and carriage returns": "\ufeff# hi\r\nimage: «app:1.0»\r\n",
    "a long indentation": "a:\n            image: «app:1.0»\n            b: c\n",
    "many blanks before the value": "image:        «app:1.0»\n",
    "the value on the next line": "image:\n  «app:1.0»\nb: c\n",
    "a question mark": "? image\n: «app:1.0»\n",
    "a quoted key": "\"image\": «app:1.0»\n'name': x\n",
    "a flow mapping": "{image: «app:1.0», name: x}\n",
    "a flow mapping without blanks": '{"image":"«app:1.0»","name":"x"}\n',
    "a flow mapping over lines": "{\n  image: «app:1.0»,   # why\n  name: x,\n}\n",
    "JSON": '{\n  "spec": {\n    "image": "«app:1.0»"\n  }\n}\n',
    "flow in a list": "- {name: x, image: «app:1.0»}\n- {name: y, image: other:1.0}\n",
    "a list without indentation": "containers:\n- image: «app:1.0»\n  name: x\n- name: y\n",
    "a list with a dash of its own": "containers:\n  -\n    image: «app:1.0»\n",
    "nested lists": "- - image: «app:1.0»\n  - b\n- c\n",
    "an anchor": "image: &img «app:1.0»\nother: x\n",
    "an anchor and quotes": "image: &img '«app:1.0»'\n",
    "an anchor with the name of the value": "image: &app '«app»'\n",
    "an anchor that others use": "a: &img «app:1.0»\nb: *img\nc: [*img, *img]\n",
    "anchors elsewhere": "x: &x {a: 1}\nimage: «app:1.0»\ny: *x\nz: {<<: *x}\n",
    "a merge": "base: &base\n  image: «app:1.0»\none:\n  <<: *base\n  name: x\n",
    "a tag": "image: !!str «app:1.0»\n",
    "a tag of somebody's own": "image: !ref '«app:1.0»'\n",
    "a tag and an anchor": "image: !!str &img «app:1.0»\n",
    "a literal block": "image: |-\n  «app:1.0»\nname: x\n",
    "a literal block with its line end": "image: |\n  «app:1.0»\nname: x\n",
    "a literal block with all line ends": "image: |+\n  «app:1.0»\n\nname: x\n",
    "a literal block with a comment": "image: |- # app:1.0\n    «app:1.0»\n\n\nname: x\n",
    "a literal block with an indicator": "image: |2-\n  «app:1.0»\nname: x\n",
    "a literal block with carriage returns": "image: |-\r\n  «app:1.0»\r\nname: x\r\n",
    "a folded block": "image: >-\n  «app:1.0»\nname: x\n",
    "a folded block at the end": "image: >-\n  «app:1.0»",
    "escapes in double quotes": 'image: "«app\\x3a1.0»"\n',
    "a slash that is escaped": 'image: "«example.com\\/app:1.0»"\n',
    "several documents": "image: other:1.0\n---\nimage: «app:1.0»\n---\nimage: other:1.0\n",
    "empty documents": "---\n---\n\n---\nimage: «app:1.0»\n---\n",
    "the ends of documents": "a: b\n...\n---\nimage: «app:1.0»\n...\n",
    "a directive": "%YAML 1.1\n---\nimage: «app:1.0»\n",
    "a comment on the separator": "a: b\n--- # next: app:1.0\nimage: «app:1.0»\n",
    "a separator with a value": "--- {image: «app:1.0»}\n",
    "a value that looks like a separator": 'a: "---"\nimage: «app:1.0»\nb: |\n  ---\n  image: app:1.0\n',
    "the value in other texts": "a: app:1.0\nb: [app:1.0]\nimage: «app:1.0»\nc: 'app:1.0'\napp:1.0: x\n",
    "a manifest in a ConfigMap": "data:\n  pod.yaml: |\n    image: app:1.0\nimage: «app:1.0»\n",
    "quoted templates": "a: '{{ .Values.a }}'\nimage: «app:1.0»\nb: \"{{ include `x` . }}\"\n",
    "templates in blocks": "a: |\n  {{- if .Values.a }}\n  x: {{ .b }}\n  {{- end }}\nimage: «app:1.0»\n",
    "templates in comments": "# {{ .Values.image }}\nimage: «app:1.0» # {{ .x }}\n",
    "letters of the world": "name: 가게 é 😀\nimage: «app:1.0» # 이미지\nb: 日本語\n",
    "letters beyond sixteen bits before": "a: '😀😀😀😀'\nimage: '«app:1.0»'\n",
    "a digest": "image: «app:1.0@sha256:" + "0" * 64 + "»\n",
    "a registry with a port": "image: «registry.example:5000/a/b:1.0» # 5000/a/b:1.0\n",
    "keys that stand twice elsewhere": "a: 1\na: 2\nimage: «app:1.0»\n",
    "a value without a space after the comma": "[a,b,{image: «app:1.0»}]\n",
    "a nested value of the same name": "image:\n  image:\n    image: «app:1.0»\n  tag: app:1.0\n",
    "a container": f"{DEPLOYMENT}      - name: app # the app\n        image:   «app:1.0»  # pinned\n",
    "a container with its image first": f"{DEPLOYMENT}      - image: \"«app:1.0»\"\n        name: 'app'\n",
    "Flux's mark": 'image: «app:1.0» # {"$imagepolicy": "flux-system:app"}\n',
    "our mark": "image: «app:1.0» # watch-cluster: image\n",
    "a very long line": f"a: {'x' * 5000}\nimage: «app:1.0»\nb: {'y' * 5000}\n",
}
"""Files by what is odd about them. All become `app:1.1`."""

TAGS: Final[dict[str, tuple[str, str, str]]] = {
    "a new tag in quotes": ("newTag: '«1.9»'\n", "1.10", "newTag: '1.10'\n"),
    "a plain tag": ("newTag: «v1.9»\n", "v1.10", "newTag: v1.10\n"),
    "a plain version": ("tag: «1.9.0»\n", "1.10.0", "tag: 1.10.0\n"),
    "a tag that would be a number": ("tag: «1.9»\n", "1.10", 'tag: "1.10"\n'),
    "a tag that would be a whole number": ("tag: «3» # major\n", "4", 'tag: "4" # major\n'),
    "a commit that would be a number": ("tag: «abc1234»\n", "12345e7", 'tag: "12345e7"\n'),
    "a tag that would be an octal number": ("tag: «a»\n", "0o17", 'tag: "0o17"\n'),
    "a tag that would be a hexadecimal number": ("tag: «a»\n", "0x1F", 'tag: "0x1F"\n'),
    "a tag that would be a date": ("tag: «a»\n", "2026-01-02", 'tag: "2026-01-02"\n'),
    "a tag that would be a truth": ("tag: «a»\n", "on", 'tag: "on"\n'),
    "a tag that would be nothing": ("tag: «a»\n", "null", 'tag: "null"\n'),
    "a tag with an underscore that would be a number": ("tag: «a»\n", "1_000", 'tag: "1_000"\n'),
    "a digest": ("digest: «sha256:aa»\n", "sha256:bb", "digest: sha256:bb\n"),
    "no tag yet": ("newTag:«»\nname: x\n", "v1", "newTag: v1\nname: x\n"),
    "no tag yet, but a blank": ("newTag:«» # none\nname: x\n", "v1", "newTag: v1 # none\nname: x\n"),
    "an empty tag in quotes": ('newTag: "«»" # none\n', "1.0", 'newTag: "1.0" # none\n'),
}
"""Files with a tag of its own, what it becomes, and the file then."""
