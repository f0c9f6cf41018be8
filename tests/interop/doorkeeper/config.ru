# Debian's ruby-doorkeeper and ruby-doorkeeper-openid-connect in a one-file Rails application, with the gems' own pages and
# defaults wherever they have one. STATE names an empty folder for the database; puma -b tcp://127.0.0.1:PORT config.ru
require "logger"
require "openssl"
require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "action_view/railtie"
require "doorkeeper"
require "doorkeeper/openid_connect"

STATE = ENV.fetch("STATE")
ISSUER = "http://127.0.0.1:#{ENV.fetch("PORT", "4110")}"
REDIRECT_URIS = ["http://127.0.0.1:4999/cb", "http://127.0.0.1:4999/other"]
PASSWORDS = { "alice" => "alice-password", "bob" => "bob-password" }
ENV["DATABASE_URL"] = "sqlite3:#{STATE}/database.sqlite3?pool=20&timeout=10000"

# There is no table of users: who logs in is a place in PASSWORDS.
Account = Struct.new(:id) do
  def self.find(id)
    new(id) if id && PASSWORDS.keys[id - 1]
  end

  def self.log_in(name, password)
    place = PASSWORDS.keys.index(name)
    new(place + 1) if place && PASSWORDS[name] == password
  end
end

class Application < Rails::Application
  config.root = STATE
  config.eager_load = false
  config.cache_classes = true
  config.secret_key_base = "only for tests " * 4
  config.hosts.clear
  config.consider_all_requests_local = false
  config.logger = Logger.new($stderr, level: Logger::FATAL)
  # Debian keeps the texts of the consent page away from the code.
  config.i18n.load_path += Dir["/usr/share/ruby-doorkeeper*/config/locales/en.yml",
                               "/usr/share/rubygems-integration/all/gems/doorkeeper*/config/locales/en.yml"]
end

Doorkeeper.configure do
  orm :active_record
  base_controller "ActionController::Base"
  resource_owner_authenticator do
    Account.find(session[:account]) || begin
      session[:back] = request.fullpath
      redirect_to "/login"
      nil
    end
  end
  default_scopes :read
  optional_scopes :openid, :profile, :write
  enforce_configured_scopes
  use_refresh_token
  force_ssl_in_redirect_uri false
  grant_flows %w[authorization_code client_credentials]
  authorization_code_expires_in 1.minute
  access_token_expires_in 1.hour
end

Doorkeeper::OpenidConnect.configure do
  issuer ISSUER
  signing_key OpenSSL::PKey::RSA.new(2048).to_pem
  subject_types_supported [:public]
  protocol { :http }
  subject { |owner, _application| owner.id.to_s }
  resource_owner_from_access_token { |token| Account.find(token.resource_owner_id) }
  auth_time_from_resource_owner { |_owner| Time.now.to_i }
  reauthenticate_resource_owner do |_owner, return_to|
    session[:account] = nil
    session[:back] = return_to
    redirect_to "/login"
  end
end

class LoginController < ActionController::Base
  protect_from_forgery with: :exception

  def show
    render inline: <<~PAGE, layout: false
      <!doctype html><title>Sign in</title>
      <%= form_with url: "/login", local: true do |form| %>
        <%= form.text_field :name %> <%= form.password_field :password %> <%= form.submit "Sign in" %>
      <% end %>
    PAGE
  end

  def create
    account = Account.log_in(params[:name], params[:password])
    return redirect_to("/login") unless account
    back = session[:back] || "/"
    reset_session
    session[:account] = account.id
    redirect_to back
  end
end

Application.initialize!
Application.routes.draw do
  use_doorkeeper
  use_doorkeeper_openid_connect
  get "/login", to: "login#show"
  post "/login", to: "login#create"
end

ActiveRecord::Migration.verbose = false
ActiveRecord::Base.connection.execute("PRAGMA journal_mode=WAL")
# The tables as the gems' generators write them for this version.
ActiveRecord::Schema.define do
  create_table :oauth_applications do |t|
    t.string :name, null: false
    t.string :uid, null: false, index: { unique: true }
    t.string :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ""
    t.boolean :confidential, null: false, default: true
    t.timestamps
  end
  create_table :oauth_access_grants do |t|
    t.references :resource_owner, null: false
    t.references :application, null: false
    t.string :token, null: false, index: { unique: true }
    t.integer :expires_in, null: false
    t.text :redirect_uri, null: false
    t.datetime :created_at, null: false
    t.datetime :revoked_at
    t.string :scopes, null: false, default: ""
    t.string :code_challenge
    t.string :code_challenge_method
  end
  create_table :oauth_access_tokens do |t|
    t.references :resource_owner
    t.references :application, null: false
    t.string :token, null: false, index: { unique: true }
    t.string :refresh_token, index: { unique: true }
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
    t.string :scopes
    t.string :previous_refresh_token, null: false, default: ""
  end
  create_table :oauth_openid_requests do |t|
    t.references :access_grant, null: false
    t.string :nonce, null: false
  end
end

def register(id, redirect_uris, confidential: true, secret: "#{id}-secret", scopes: "openid profile read write")
  Doorkeeper::Application.create!(name: id, uid: id, secret: secret, redirect_uri: redirect_uris.join("\n"),
                                  confidential: confidential, scopes: scopes)
end

register "web", REDIRECT_URIS + ["http://127.0.0.1:4999/q?x=1", "https://app.example/remote"]
register "second", REDIRECT_URIS + ["http://127.0.0.1:4999/second-only"]
register "odd client+id", ["http://127.0.0.1:4999/odd"], secret: "odd %&+/:secret"
register "spa", REDIRECT_URIS, confidential: false
register "spa2", REDIRECT_URIS, confidential: false
# The gem wants a redirect URI of every client.
register "service", REDIRECT_URIS.first(1), scopes: "read"

run Application
