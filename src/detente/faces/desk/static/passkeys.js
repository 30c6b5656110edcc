// Passkeys: hands the page's question to the authenticator, and its answer to the form. It decides nothing: what
// was signed is checked by the desk and by every node.
"use strict";

(function () {
  function bytes(text) {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, function (one) { return one.charCodeAt(0); });
  }

  function text(buffer) {
    const plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  }

  function created(form) {
    const holder = form.elements.holder.value;
    return navigator.credentials.create({ publicKey: {
      challenge: bytes(form.dataset.challenge),
      rp: { id: location.hostname, name: "Detente" },
      user: { id: bytes(form.dataset.user), name: form.dataset.party + " " + holder, displayName: holder },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
      attestation: "none",
    } }).then(function (made) {
      form.elements.authenticator.value = text(made.response.getAuthenticatorData());
      form.elements.client.value = text(made.response.clientDataJSON);
    });
  }

  function asserted(form) {
    const known = form.dataset.allow.split(" ").filter(Boolean);
    return navigator.credentials.get({ publicKey: {
      challenge: bytes(form.dataset.challenge),
      rpId: location.hostname,
      userVerification: "required",
      allowCredentials: known.map(function (one) { return { type: "public-key", id: bytes(one) }; }),
    } }).then(function (made) {
      form.elements.credential.value = text(made.rawId);
      form.elements.authenticator.value = text(made.response.authenticatorData);
      form.elements.client.value = text(made.response.clientDataJSON);
      form.elements.signature.value = text(made.response.signature);
    });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    const trouble = form.querySelector("[data-trouble]");
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      trouble.hidden = true;
      Promise.resolve(form).then(form.dataset.passkey === "create" ? created : asserted).then(function () { form.submit(); }, function (error) {
        trouble.hidden = false;
        trouble.querySelector("code").textContent = error.name;
      });
    });
  });
})();
